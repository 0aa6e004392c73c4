package reports

import (
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"net/url"
	"strings"
)

//go:embed page
var pages embed.FS

// HTML writes the report as one page that needs nothing else: no request leaves it, it opens from a file, and links reach
// only into its own folder and to the documentation.
func HTML(w io.Writer, r Report) error {
	return renderPage(w, "report.gohtml", pageOf(Finish(r)))
}

// renderPage executes one of the embedded templates.
func renderPage(w io.Writer, name string, data any) error {
	style, err := pages.ReadFile("page/style.css")
	if err != nil {
		return err
	}
	script, err := pages.ReadFile("page/page.js")
	if err != nil {
		return err
	}
	page, err := template.New(name).Funcs(template.FuncMap{
		"style":   func() template.CSS { return template.CSS(style) },
		"script":  func() template.JS { return template.JS(script) },
		"policy":  func() string { return contentPolicy(script) },
		"anchor":  anchor,
		"capital": capital,
		"figure":  figure,
		"gist":    gist,
		"href":    href,
		"humps":   humps,
		"moment":  moment,
		"notice":  func() string { return SelfTestNotice },
		"offset":  offset,
		"ordinal": func(i int) string { return ordinal(i + 1) },
		"plural":  plural,
		"slug":    func(words any) string { return anchor("", fmt.Sprint(words))[1:] },
		"symbol":  func(r any) string { return symbol(Result(fmt.Sprint(r))) },
		"took":    took,
		"tookrow": tookRow,
	}).ParseFS(pages, "page/*.gohtml")
	if err != nil {
		return fmt.Errorf("parsing page: %w", err)
	}
	if err := page.ExecuteTemplate(w, name, data); err != nil {
		return fmt.Errorf("rendering page: %w", err)
	}
	return nil
}

// contentPolicy forbids the page every request and every script but its own, whatever a message may hold.
func contentPolicy(script []byte) string {
	sum := sha256.Sum256(script)
	return fmt.Sprintf("default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-%s'",
		base64.StdEncoding.EncodeToString(sum[:]))
}

// anchor makes an id from a kind of thing and its name; a row and the links to it use the same.
func anchor(kind, name string) string {
	return kind + "-" + strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '.', r == '-', r == '_':
			return r
		}
		return '-'
	}, name)
}

// humps cuts a name before each capital that follows a small letter: the places where a narrow screen may break it.
func humps(name string) []string {
	var parts []string
	from := 0
	for i := 1; i < len(name); i++ {
		if name[i] >= 'A' && name[i] <= 'Z' && name[i-1] >= 'a' && name[i-1] <= 'z' {
			parts = append(parts, name[from:i])
			from = i
		}
	}
	return append(parts, name[from:])
}

// href turns an evidence file into a relative link; a name with a colon or a question mark stays a path.
func href(file string) string { return (&url.URL{Path: file}).String() }

package reports

import (
	"bytes"
	"path/filepath"
	"testing"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// visible counts the rows that are shown.
const visible = `[...document.querySelectorAll("details.row")].filter(r => r.offsetParent !== null).length`

// lowContrast lists texts whose colour stands out less from what is behind them than WCAG AA asks for.
const lowContrast = `(() => {
  const rgb = c => c.match(/[\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
  const behind = e => { for (; e; e = e.parentElement) { const c = rgb(getComputedStyle(e).backgroundColor); if (c.length < 4 || c[3] > .5) return c; } return [255, 255, 255]; };
  const bad = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n; n = walk.nextNode();) {
    const e = n.parentElement;
    if (!n.data.trim() || e.offsetParent === null || e.closest(".selftest-banner, script")) continue;
    const [a, b] = [light(rgb(getComputedStyle(e).color)), light(behind(e))];
    const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
    if (ratio < 4.5) bad.push(n.data.trim().slice(0, 40) + " " + ratio.toFixed(2));
  }
  return bad;
})()`

func writtenPage(t *testing.T, r Report) string {
	t.Helper()
	dir := t.TempDir()
	if err := Write(dir, r); err != nil {
		t.Fatal(err)
	}
	return filepath.Join(dir, HTMLFile)
}

func writtenMatrix(t *testing.T) string {
	t.Helper()
	var page bytes.Buffer
	if err := MatrixHTML(&page, Merge(night()...)); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "matrix.html")
	if err := WriteFile(path, page.Bytes()); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestPagesFitAndReadInBrowser(t *testing.T) {
	b := openBrowser(t)
	rich, green, night := writtenPage(t, richReport()), writtenPage(t, greenReport()), writtenMatrix(t)
	proof := writtenPage(t, proofReport())

	for _, look := range []struct {
		name, page, scheme string
		width              int64
	}{
		{"rich-desktop-light", rich, "light", 1280}, {"rich-desktop-dark", rich, "dark", 1280},
		{"rich-phone-light", rich, "light", 360}, {"rich-phone-dark", rich, "dark", 360},
		{"proof-desktop-light", proof, "light", 1280},
		{"night-desktop-light", night, "light", 1280}, {"night-phone-dark", night, "dark", 360},
		{"green-desktop-light", green, "light", 1280}, {"green-phone-dark", green, "dark", 360},
	} {
		t.Run(look.name, func(t *testing.T) {
			b.open(t, look.page, look.width, look.scheme)
			b.shot(t, look.name)
			eval[chromedp.Void](t, b, `document.querySelectorAll("details").forEach(d => { d.open = true })`)
			if wide := eval[int64](t, b, `document.documentElement.scrollWidth`); wide > look.width {
				t.Errorf("the page is %d pixels wide on a screen of %d", wide, look.width)
			}
			for _, text := range eval[[]string](t, b, lowContrast) {
				t.Errorf("low contrast: %s", text)
			}
			b.shot(t, look.name+"-unfolded")
		})
	}

	b.quiet(t)
}

func TestPageAnswersInBrowser(t *testing.T) {
	b, rich := openBrowser(t), writtenPage(t, richReport())

	t.Run("shows failed rows unfolded and passed rows folded", func(t *testing.T) {
		b.open(t, rich, 1280, "light")
		if !eval[bool](t, b, `document.querySelector("#row-StrictRefusesPlaintext pre").checkVisibility()`) {
			t.Error("the message of a failed row is not visible")
		}
		if eval[bool](t, b, `document.getElementById("row-EnrolNamespace").open`) {
			t.Error("a passed row is unfolded")
		}
		if title := eval[string](t, b, `document.title`); title == "broken out" {
			t.Error("a message ran as a script")
		}
	})

	t.Run("filter shows one result and all again", func(t *testing.T) {
		b.open(t, rich, 1280, "light")
		all := eval[int](t, b, visible)
		b.do(t, chromedp.Click(chromedp.CSS("#show-failed")))
		if n := eval[int](t, b, visible); all != 12 || n != 2 {
			t.Errorf("of %d rows, %d are shown as failed; want 2 of 12", all, n)
		}
		b.do(t, chromedp.Click(chromedp.CSS("#show-all")))
		if n := eval[int](t, b, visible); n != all {
			t.Errorf("%d rows are shown again, want %d", n, all)
		}
	})

	t.Run("keyboard moves the filter and unfolds a row", func(t *testing.T) {
		b.open(t, rich, 1280, "light")
		b.do(t, chromedp.Focus(chromedp.CSS("#show-all")), chromedp.KeyEvent(kb.ArrowRight))
		if n := eval[int](t, b, visible); n != 2 {
			t.Errorf("the arrow key left %d rows, want the 2 failed ones", n)
		}
		b.do(t, chromedp.KeyEvent(kb.ArrowLeft), chromedp.Focus(chromedp.CSS("#row-EnrolNamespace > summary")),
			chromedp.KeyEvent(kb.Enter))
		if !eval[bool](t, b, `document.getElementById("row-EnrolNamespace").open`) {
			t.Error("Enter did not unfold the row")
		}
	})

	t.Run("a claim's link unfolds the row it rests on, filtered out or not", func(t *testing.T) {
		b.open(t, rich, 1280, "light")
		b.do(t, chromedp.Click(chromedp.CSS("#show-failed")),
			chromedp.Click(chromedp.CSS(`#claim-app\.unmodified a`)), chromedp.WaitVisible(chromedp.CSS("#row-EnrolNamespace[open] .body")))
		if back := eval[int](t, b, `document.querySelectorAll('#row-EnrolNamespace a[href="#claim-app.unmodified"]').length`); back != 1 {
			t.Errorf("the row has %d links back to its claim, want 1", back)
		}
	})
	b.quiet(t)
}

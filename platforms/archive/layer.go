package archive

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"
)

// File is one file of an image: a symbolic link if Link is set, a copy of the host's file Source if that is set, a
// directory if Path ends in a slash, and else a regular file of Content. Everything belongs to root. Directories on the
// way to a file come by themselves.
type File struct {
	Path    string // in the image, absolute, no dots
	Mode    int64  // permission bits; zero means 0755 for copies and directories, 0644 for Content
	Link    string // target of a symbolic link
	Source  string // file of this machine, read when the archive is written
	Content []byte

	// Identity stands for the bytes of Source where these are known to follow from something shorter, such as the key
	// under which they are cached. Empty means that the bytes themselves are hashed.
	Identity string
}

// identity says what the file holds, in few bytes.
func (f File) identity() (string, error) {
	if f.Identity != "" {
		return f.Identity, nil
	}
	content, _, err := f.open()
	if err != nil {
		return "", err
	}
	defer content.Close()
	hash := sha256.New()
	if _, err := io.Copy(hash, content); err != nil {
		return "", fmt.Errorf("reading %s: %w", f.Source, err)
	}
	return hex.EncodeToString(hash.Sum(nil)), nil
}

// open gives the bytes of the file and their number.
func (f File) open() (io.ReadCloser, int64, error) {
	if f.Source == "" {
		return io.NopCloser(bytes.NewReader(f.Content)), int64(len(f.Content)), nil
	}
	source, err := os.Open(f.Source)
	if err != nil {
		return nil, 0, err
	}
	info, err := source.Stat()
	if err != nil {
		source.Close()
		return nil, 0, err
	}
	return source, info.Size(), nil
}

// header describes the file in a tar: no times, no owner's names, nothing else that differs between machines.
func (f File) header(size int64) *tar.Header {
	header := &tar.Header{Name: strings.TrimPrefix(f.Path, "/"), Mode: f.Mode, Size: size, Typeflag: tar.TypeReg}
	switch {
	case f.Link != "":
		header.Typeflag, header.Linkname, header.Mode = tar.TypeSymlink, f.Link, 0o777
	case strings.HasSuffix(f.Path, "/"):
		header.Typeflag = tar.TypeDir
	}
	switch {
	case header.Mode != 0:
	case f.Source == "" && header.Typeflag == tar.TypeReg:
		header.Mode = 0o644
	default:
		header.Mode = 0o755
	}
	return header
}

// layer streams the files as a tar; closing it early ends the stream.
func layer(files []File) io.ReadCloser {
	reader, writer := io.Pipe()
	go func() {
		archive := tar.NewWriter(writer)
		for _, file := range sorted(files) {
			if err := add(archive, file); err != nil {
				writer.CloseWithError(fmt.Errorf("adding %s: %w", file.Path, err))
				return
			}
		}
		writer.CloseWithError(archive.Close())
	}()
	return reader
}

// add writes one file. A file that changes its size meanwhile is an error of the tar writer, never a broken archive.
func add(archive *tar.Writer, file File) error {
	content, size, err := file.open()
	if err != nil {
		return err
	}
	defer content.Close()
	if err := archive.WriteHeader(file.header(size)); err != nil {
		return err
	}
	_, err = io.Copy(archive, content)
	return err
}

// sorted gives the files by path, parents first, with the directories that lead to them. Of two files with the same
// path the later one stays, so that lists can be put together without looking.
func sorted(files []File) []File {
	byPath := map[string]File{}
	for _, file := range files {
		for dir := path.Dir(strings.TrimSuffix(file.Path, "/")); dir != "/"; dir = path.Dir(dir) {
			if _, ok := byPath[dir+"/"]; !ok {
				byPath[dir+"/"] = File{Path: dir + "/"}
			}
		}
		byPath[file.Path] = file
	}
	all := make([]File, 0, len(byPath))
	for _, file := range byPath {
		all = append(all, file)
	}
	slices.SortFunc(all, func(a, b File) int { return strings.Compare(a.Path, b.Path) })
	return all
}

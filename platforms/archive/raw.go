package archive

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// raw is a layer that is kept as the tar it is: the library's own layers compress, even when they are told not to.
type raw struct {
	open func() (io.ReadCloser, error)
	hash v1.Hash
	size int64
}

var _ v1.Layer = raw{}

// measure reads the files once, for the digest and size that a layer has to know beforehand.
func measure(files []File) (raw, error) {
	return measured(func() (io.ReadCloser, error) { return layer(files), nil })
}

// measureTar does the same with a tar that exists.
func measureTar(path string) (raw, error) {
	return measured(func() (io.ReadCloser, error) { return os.Open(path) })
}

func measured(open func() (io.ReadCloser, error)) (raw, error) {
	content, err := open()
	if err != nil {
		return raw{}, fmt.Errorf("measuring a layer: %w", err)
	}
	defer content.Close()
	hash := sha256.New()
	size, err := io.Copy(hash, content)
	if err != nil {
		return raw{}, fmt.Errorf("measuring a layer: %w", err)
	}
	return raw{open, v1.Hash{Algorithm: "sha256", Hex: hex.EncodeToString(hash.Sum(nil))}, size}, nil
}

func (r raw) Digest() (v1.Hash, error)             { return r.hash, nil }
func (r raw) DiffID() (v1.Hash, error)             { return r.hash, nil }
func (r raw) Size() (int64, error)                 { return r.size, nil }
func (r raw) MediaType() (types.MediaType, error)  { return types.DockerUncompressedLayer, nil }
func (r raw) Compressed() (io.ReadCloser, error)   { return r.open() }
func (r raw) Uncompressed() (io.ReadCloser, error) { return r.open() }

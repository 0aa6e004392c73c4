package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ambient-conformance/ambient-conformance/platforms/local/build"
)

// buildKindNode builds kind's node image and prints its name and the path of its archive.
func buildKindNode(cmd *cobra.Command, cache, output string) error {
	console := newConsole()
	o := build.Options{Cache: cache, Progress: console.note}
	if problems := build.KindNodePreflight(cmd.Context(), o); len(problems) > 0 {
		return usageError{errors.New("this machine is not ready:\n  " + strings.Join(problems, "\n  "))}
	}
	image, err := build.KindNode(cmd.Context(), o)
	if err != nil {
		return err
	}
	console.rest()
	if output == "" {
		output = image.Archive
	} else if err := copyArchive(image.Archive, output); err != nil {
		return err
	}
	_, err = fmt.Fprintln(cmd.OutOrStdout(), image.Ref, output)
	return err
}

func copyArchive(from, to string) error {
	in, err := os.Open(from)
	if err != nil {
		return fmt.Errorf("copying the node image: %w", err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return fmt.Errorf("copying the node image: %w", err)
	}
	if _, err := io.Copy(out, in); err != nil {
		out.Close()
		return fmt.Errorf("copying the node image to %s: %w", to, err)
	}
	return out.Close()
}

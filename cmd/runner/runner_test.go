package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"runner": main})
}

// TestCommandLine runs the golden sessions in testdata: what is printed, and with which exit code. None makes a cluster.
func TestCommandLine(t *testing.T) {
	examples, err := filepath.Abs("../../reports/testdata")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir: "testdata",
		Setup: func(env *testscript.Env) error {
			env.Setenv("XDG_CACHE_HOME", env.WorkDir+"/cache")
			env.Setenv("REPORTS", examples)
			env.Setenv("GOFLAGS", os.Getenv("GOFLAGS"))
			return nil
		},
		UpdateScripts: os.Getenv("UPDATE_SCRIPTS") != "",
	})
}

package await

import (
	"context"
	"errors"
	"strings"
	"testing"
)

func TestNothing(t *testing.T) {
	asked := 0
	err := Nothing(t.Context(), func(context.Context) (string, error) {
		if asked++; asked < 3 {
			return "not yet", nil
		}
		return "", nil
	})
	if err != nil || asked != 3 {
		t.Errorf("it ended with %v after %d questions, want 3", err, asked)
	}
}

func TestNothingTellsWhatWasMissing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	late := errors.New("time is over")
	err := Nothing(ctx, func(ctx context.Context) (string, error) {
		if ctx.Err() == nil {
			cancel(late)
		}
		return "one of two", nil
	})
	if !errors.Is(err, late) || !strings.Contains(err.Error(), "last seen: one of two") {
		t.Errorf("it ended with %v", err)
	}
}

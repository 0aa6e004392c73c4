package platforms

import (
	"context"
	"errors"
	"slices"
	"testing"
)

func TestDeleteEach(t *testing.T) {
	stuck := errors.New("stuck")
	gone, err := DeleteEach(t.Context(), []string{"a", "b", "c"}, func(_ context.Context, name string) error {
		if name == "b" {
			return stuck
		}
		return nil
	})
	if !slices.Equal(gone, []string{"a", "c"}) || !errors.Is(err, stuck) {
		t.Errorf("got %v, %v", gone, err)
	}
}

// Package await waits for a cluster to come to what somebody is waiting for.
package await

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// interval is short against what is waited for (seconds), and long against one request to an API server (ms).
const interval = 100 * time.Millisecond

// Nothing asks until nothing is missing. When ctx ends first, its error carries the last answer, so that a person reads
// what was missing and not only that time ran out.
func Nothing(ctx context.Context, missing func(context.Context) (string, error)) error {
	var last string
	var failed error
	err := wait.PollUntilContextCancel(ctx, interval, true, func(ctx context.Context) (bool, error) {
		now, err := missing(ctx)
		if err == nil || ctx.Err() == nil { // what is cut off at the end says less than the answer before it
			last, failed = now, err
		}
		return now == "" && err == nil, nil
	})
	if err != nil {
		return errors.Join(fmt.Errorf("%w; last seen: %s", context.Cause(ctx), last), failed)
	}
	return nil
}

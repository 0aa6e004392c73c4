// Package await waits for a cluster to come to what somebody is waiting for.
package await

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"
)

// looks begin at a tenth of a second: short against what is waited for (seconds), and long against one request to an API
// server (ms). What has not come after three seconds is asked for twice a second only.
var looks = wait.Backoff{Duration: 100 * time.Millisecond, Factor: 1.15, Steps: 12, Cap: 500 * time.Millisecond}

// Nothing asks until nothing is missing. When ctx ends first, its error carries the last answer, so that a person reads
// what was missing and not only that time ran out.
func Nothing(ctx context.Context, missing func(context.Context) (string, error)) error {
	var last string
	var failed error
	err := looks.DelayFunc().Until(ctx, true, true, func(ctx context.Context) (bool, error) {
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

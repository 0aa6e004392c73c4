package reports

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	kjson "sigs.k8s.io/json"
)

// Encode returns the report as indented JSON with a final newline, finished. Equal reports give equal bytes.
func Encode(r Report) ([]byte, error) {
	var buf bytes.Buffer
	encoder := json.NewEncoder(&buf)
	encoder.SetEscapeHTML(false) // messages hold "a -> b" and are read by people too
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(Finish(r)); err != nil {
		return nil, fmt.Errorf("encoding report: %w", err)
	}
	return buf.Bytes(), nil
}

// Decode reads what Encode wrote. It refuses what it cannot vouch for: another version or kind, unknown, doubled or
// differently spelled fields, values outside the model, and a verdict that the rows do not bear out.
func Decode(data []byte) (Report, error) {
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
	}
	if err := kjson.UnmarshalCaseSensitivePreserveInts(data, &head); err != nil {
		return Report{}, fmt.Errorf("decoding report: %w", err)
	}
	if head.Kind != Kind {
		return Report{}, fmt.Errorf("decoding report: kind %q is not %q: this is no report of this tool", head.Kind, Kind)
	}
	if head.APIVersion != APIVersion {
		return Report{}, fmt.Errorf("decoding report: apiVersion %q is unknown here, %q is known: use the runner that wrote it",
			head.APIVersion, APIVersion)
	}
	var r Report
	strict, err := kjson.UnmarshalStrict(data, &r)
	if err != nil {
		return Report{}, fmt.Errorf("decoding report: %w", err)
	}
	if len(strict) > 0 {
		return Report{}, fmt.Errorf("decoding report: %w: use the runner that wrote it, or a newer one", errors.Join(strict...))
	}
	if err := sound(r); err != nil {
		return Report{}, fmt.Errorf("decoding report: %w", err)
	}
	return r, nil
}

// sound says what in a decoded report contradicts the model.
func sound(r Report) error {
	var errs []error
	rows := map[string]bool{}
	for _, row := range r.Rows {
		if rows[row.Name] {
			errs = append(errs, fmt.Errorf("row %s appears twice", row.Name))
		}
		rows[row.Name] = true
		errs = append(errs, soundRow(row)...)
	}
	for _, claim := range r.Claims {
		if !slices.Contains([]Standing{Confirmed, Contradicted, Superseded, NotExercised}, claim.Standing) {
			errs = append(errs, fmt.Errorf("claim %s: standing %q is unknown", claim.ID, claim.Standing))
		}
		for _, name := range claim.Rows {
			if !rows[name] {
				errs = append(errs, fmt.Errorf("claim %s rests on row %q, which is not in the report", claim.ID, name))
			}
		}
	}
	for _, kill := range r.Proof {
		if !slices.Contains(Results(), kill.Result) {
			errs = append(errs, fmt.Errorf("proof of %s: result %q is unknown", kill.Check, kill.Result))
		}
	}
	if verdict, reason := Decide(r); r.Verdict != verdict {
		errs = append(errs, fmt.Errorf("the verdict says %q but the rows say %q (%s)", r.Verdict, verdict, reason))
	}
	return errors.Join(errs...)
}

// soundRow is sound for one row.
func soundRow(row Row) []error {
	var errs []error
	if !slices.Contains(Results(), row.Result) {
		errs = append(errs, fmt.Errorf("row %s: result %q is unknown", row.Name, row.Result))
	}
	if !slices.Contains([]string{"", LevelCore, LevelExtended, LevelMeasured}, row.Level) {
		errs = append(errs, fmt.Errorf("row %s: level %q is unknown", row.Name, row.Level))
	}
	for _, attempt := range row.Attempts {
		if !slices.Contains(Results(), attempt.Result) {
			errs = append(errs, fmt.Errorf("row %s: result %q of an attempt is unknown", row.Name, attempt.Result))
		}
	}
	for _, seen := range row.Evidence {
		if seen.File != "" && !inside(seen.File) {
			errs = append(errs, fmt.Errorf("row %s: evidence file %q is not below the report", row.Name, seen.File))
		}
	}
	return errs
}

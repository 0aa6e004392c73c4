package reports

import (
	"slices"
	"time"
)

// stage is one bar of the timeline; Left and Width are percent of the run.
type stage struct {
	Row
	Left, Width float64
}

// timelineOf places the steps, and all checks together as one of them, along the run. What never began has no bar.
func timelineOf(r Report) []stage {
	rows := steps(r.Rows)
	if all, ok := checksAsStage(checks(r.Rows)); ok && !covered(rows, all) {
		after := slices.IndexFunc(rows, func(row Row) bool { return row.Started.After(all.Started) })
		if after < 0 {
			after = len(rows)
		}
		rows = slices.Insert(rows, after, all)
	}
	end := r.Finished
	for _, row := range rows {
		if ended := row.Started.Add(row.Duration); ended.After(end) {
			end = ended // a report written before its last step ended
		}
	}
	var stages []stage
	for _, row := range rows {
		stages = append(stages, placed(row, r.Started, end))
	}
	return stages
}

// placed keeps bars within the track whatever the clocks of a report say.
func placed(row Row, start, end time.Time) stage {
	s := stage{Row: row}
	if total := end.Sub(start); total > 0 && !row.Started.IsZero() {
		s.Left = min(100, max(0, 100*float64(row.Started.Sub(start))/float64(total)))
		s.Width = min(100-s.Left, max(0, 100*float64(row.Duration)/float64(total)))
	}
	return s
}

// covered says that one of the steps already spans a stretch of time.
func covered(steps []Row, span Row) bool {
	return slices.ContainsFunc(steps, func(s Row) bool {
		return !s.Started.After(span.Started) && !s.Started.Add(s.Duration).Before(span.Started.Add(span.Duration))
	})
}

// checksAsStage spans the checks that began; its name has no row behind it.
func checksAsStage(rows []Row) (Row, bool) {
	all := Row{Area: StepArea, Result: Passed, Name: plural(len(rows), "check")}
	var end time.Time
	for _, row := range rows {
		if row.Started.IsZero() {
			continue
		}
		if all.Started.IsZero() || row.Started.Before(all.Started) {
			all.Started = row.Started
		}
		if ended := row.Started.Add(row.Duration); ended.After(end) {
			end = ended
		}
	}
	if all.Started.IsZero() {
		return all, false
	}
	all.Duration, all.Result = end.Sub(all.Started), worstFirst(rows)[0].Result
	return all, true
}

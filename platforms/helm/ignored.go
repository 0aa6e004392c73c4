package helm

import (
	"context"
	"fmt"
	"maps"
	"slices"
)

// Ignored finds a value that a chart does not read: a misspelt key, which Helm accepts in silence. Each leaf is changed, and
// what is rendered then compared with what is rendered as asked; a value equal to its default is read, too, and so is one
// that makes the chart fail when changed. The path is nil when all are read.
func Ignored(ctx context.Context, values map[string]any, render func(map[string]any) (string, error)) ([]string, error) {
	paths := leaves(nil, values)
	if len(paths) == 0 {
		return nil, nil
	}
	asked, err := render(values)
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		other, err := render(alter(values, path))
		if ctx.Err() != nil {
			return nil, context.Cause(ctx)
		}
		if err == nil && other == asked {
			return path, nil
		}
	}
	return nil, nil
}

// leaves lists the paths of all values that are not maps.
func leaves(prefix []string, values map[string]any) [][]string {
	var paths [][]string
	for _, key := range slices.Sorted(maps.Keys(values)) {
		path := append(slices.Clone(prefix), key)
		if below, ok := values[key].(map[string]any); ok && len(below) > 0 {
			paths = append(paths, leaves(path, below)...)
		} else {
			paths = append(paths, path)
		}
	}
	return paths
}

// alter returns a copy of values in which the value at path is another one.
func alter(values map[string]any, path []string) map[string]any {
	copied := maps.Clone(values)
	if deeper, ok := copied[path[0]].(map[string]any); ok && len(path) > 1 {
		copied[path[0]] = alter(deeper, path[1:])
	} else {
		copied[path[0]] = altered(copied[path[0]])
	}
	return copied
}

// altered is another value of the same type, so that a chart that reads it renders something else.
func altered(value any) any {
	const other = "conformance-altered"
	switch v := value.(type) {
	case bool:
		return !v
	case int:
		return v + 1
	case int64:
		return v + 1
	case float64:
		return v + 1
	case []any:
		// Shortened rather than extended, since a new item might be one that the chart compares with nothing.
		if len(v) > 0 {
			return v[:len(v)-1]
		}
		return []any{other}
	case map[string]any:
		return map[string]any{other: other}
	}
	return fmt.Sprint(value) + other
}

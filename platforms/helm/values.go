package helm

// Nest wraps a value in maps: Nest([a b], v) is {a: {b: v}}.
func Nest(path []string, value any) map[string]any {
	for i := len(path) - 1; i > 0; i-- {
		value = map[string]any{path[i]: value}
	}
	return map[string]any{path[0]: value}
}

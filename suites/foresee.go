package suites

// Scene is the namespace that the first attempt of a trial gets, for plans.
func (t *Trial) Scene() string { return t.scene(0) }

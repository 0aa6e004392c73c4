package platforms

// Action is one thing that a platform will do, for plans: it runs a program, writes a file, or has a library make something.
type Action struct {
	Do      string   `json:"do"`                // in words: "make the containers"
	Command []string `json:"command,omitempty"` // argv
	Env     []string `json:"env,omitempty"`     // what the command gets besides, NAME=VALUE
	Input   string   `json:"input,omitempty"`   // the command's standard input
	File    string   `json:"file,omitempty"`    // path that is written
	Content string   `json:"content,omitempty"` // of the file, or what the library is given
}

// Archives stands in a plan's commands for the image archives, which are known once they are built.
const Archives = "IMAGE-ARCHIVES"

// Foreseer is a Platform that can say beforehand, in order, what Create and Load will do for a spec. It touches nothing, and
// says the same as they do because it is made of the same arguments and files.
type Foreseer interface {
	Foresee(spec Spec) ([]Action, error)
}

package build

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"

	"github.com/ambient-conformance/ambient-conformance/platforms/archive"
)

// KindRelease is the sigs.k8s.io/kind of the project's own go.mod: the node image's files come from the same version as
// the library that starts it.
const KindRelease = "v0.33.0"

// NoCNILabel is on node images that bring no network plugin's configuration, as kind's own images do.
const NoCNILabel = "ambient-conformance.cni"

// kindPacking changes when the same inputs begin to give another image.
const kindPacking = "2"

// KindNode gives a node image for kind made of the binaries that the local platform runs, on a Debian base, building
// what is not in the cache. It needs mmdebstrap and root, and a Debian mirror the first time.
func KindNode(ctx context.Context, o Options) (Image, error) {
	recipes := Recipes(SetKubernetes, SetKind)
	b, err := newBuilder(ctx, o, recipes)
	if err != nil {
		return Image{}, err
	}
	set, err := o.assemble(ctx, recipes, noImages)
	if err != nil {
		return Image{}, err
	}
	n := kindNode{builder: b, bin: set.Bin, arch: b.tools.settings["GOARCH"]}
	image, err := n.pack(ctx, n.key(recipes))
	if err != nil {
		return Image{}, fmt.Errorf("building kind's node image: %w", err)
	}
	return image, nil
}

// KindNodePreflight says what this machine lacks for KindNode, each problem a sentence with its remedy.
func KindNodePreflight(ctx context.Context, o Options) []string {
	problems := Preflight(ctx, o, SetKubernetes, SetKind)
	problems = append(problems, lackingTools(searchPath())...)
	b, err := newBuilder(ctx, o, nil)
	if err != nil {
		return problems // Preflight has said so
	}
	if _, cached := b.cache.find("debian", baseKey(b.tools.settings["GOARCH"]), "base.tar"); cached {
		return problems
	}
	if notFound("mmdebstrap") {
		problems = append(problems, "There is no mmdebstrap, which makes the Debian system of kind's node image: install the package mmdebstrap.")
	}
	if os.Geteuid() != 0 {
		problems = append(problems, "Making the Debian system of kind's node image needs root: build it with sudo.")
	}
	return problems
}

// kindNode is the making of one node image.
type kindNode struct {
	*builder
	bin  string // directory of all binaries
	arch string
}

// key stands for everything that goes into the image; the base counts by what was asked of Debian.
func (n kindNode) key(recipes []Recipe) string {
	parts := []string{kindPacking, KindRelease, baseKey(n.arch)}
	for _, recipe := range recipes {
		parts = append(parts, recipe.Name+"/"+recipe.key(n.tools))
	}
	sum := sha256.Sum256([]byte(strings.Join(parts, "\n")))
	return hex.EncodeToString(sum[:])[:20]
}

func (n kindNode) pack(ctx context.Context, key string) (Image, error) {
	dir, reserved, err := n.cache.reserve(ctx, "kind-node", key, "image.tar", "id")
	if err != nil {
		return Image{}, err
	}
	if reserved != nil {
		if dir, err = n.make(ctx, reserved, kindNodeRef(key)); err != nil {
			return Image{}, err
		}
	}
	id, err := os.ReadFile(filepath.Join(dir, "id"))
	if err != nil {
		return Image{}, fmt.Errorf("reading ID of the node image: %w", err)
	}
	return Image{Ref: kindNodeRef(key), Archive: filepath.Join(dir, "image.tar"), Digest: string(id)}, nil
}

func kindNodeRef(key string) string {
	return repository + "kind-node:" + kubernetesVersion + "-" + key[:8]
}

// make puts base, files and the store of images together.
func (n kindNode) make(ctx context.Context, reserved *place, ref string) (string, error) {
	base, err := n.base(ctx)
	if err != nil {
		return "", reserved.abandon(err)
	}
	source, err := n.kindSource(ctx, reserved)
	if err != nil {
		return "", reserved.abandon(err)
	}
	files, err := n.files(ctx, source)
	if err != nil {
		return "", reserved.abandon(err)
	}
	store, err := n.store(ctx, reserved)
	if err != nil {
		return "", reserved.abandon(err)
	}
	n.cache.say.Say("packing image %s", ref)
	id, err := archive.Write(filepath.Join(reserved.dir, "image.tar"), archive.Image{
		Ref: ref, Arch: n.arch, Below: []string{base}, Files: append(files, store...),
		Config: v1.Config{
			Env: []string{
				"container=docker", // how systemd knows where it runs
				"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
			},
			Entrypoint: []string{"/usr/local/bin/entrypoint", "/sbin/init"},
			StopSignal: "SIGRTMIN+3",
			Labels:     map[string]string{NoCNILabel: "none"},
		},
	})
	if err != nil {
		return "", reserved.abandon(err)
	}
	if err := reserved.write("id", []byte(id)); err != nil {
		return "", reserved.abandon(err)
	}
	return reserved.publish()
}

// kindSource is the directory of kind's own module, verified against our checksum.
func (n kindNode) kindSource(ctx context.Context, p *place) (string, error) {
	return n.moduleDir(ctx, p, "kind", "sigs.k8s.io/kind", KindRelease)
}

// kubernetesImageRefs are the names kubeadm looks for, by the program each image runs.
func (n kindNode) kubernetesImageRefs(ctx context.Context) (map[string][]string, error) {
	list := exec.CommandContext(ctx, filepath.Join(n.bin, "kubeadm"), "config", "images", "list", "--kubernetes-version", kubernetesVersion)
	out, err := list.Output()
	if err != nil {
		return nil, fmt.Errorf("asking kubeadm for its images: %w", err)
	}
	refs := map[string][]string{}
	for _, ref := range strings.Fields(string(out)) {
		repository, _, _ := strings.Cut(ref, ":")
		name := filepath.Base(repository)
		refs[name] = append(refs[name], ref)
	}
	for _, name := range []string{"kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy", "etcd", "coredns"} {
		if len(refs[name]) == 0 {
			return nil, fmt.Errorf("asking kubeadm for its images: %s is not among %q", name, out)
		}
	}
	refs["pause"] = []string{kindPause} // what the runtime is configured for, which kubeadm does not decide
	return refs, nil
}

// nodeImages are the images of a control plane, each one program at the path the released ones have it.
func (n kindNode) nodeImages(ctx context.Context) ([]archive.Image, error) {
	refs, err := n.kubernetesImageRefs(ctx)
	if err != nil {
		return nil, err
	}
	tools, err := hostTools(searchPath())
	if err != nil {
		return nil, fmt.Errorf("collecting the tools of image kube-proxy: %w", err)
	}
	var images []archive.Image
	for name, names := range refs {
		config := v1.Config{Env: []string{"PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}}
		at := "/usr/local/bin/" + name
		var files []archive.File
		switch name {
		case "coredns", "pause":
			at = "/" + name
			config.Entrypoint = []string{at}
		case "kube-proxy":
			files = slices.Clone(tools)
		}
		files = append(files, archive.File{Path: at, Source: filepath.Join(n.bin, name)}, archive.File{Path: "/tmp/", Mode: 0o1777})
		for _, ref := range names {
			images = append(images, archive.Image{Ref: ref, Arch: n.arch, Config: config, Files: files})
		}
	}
	return images, nil
}

// store is a containerd's directory that holds the node's images, made by a containerd that runs for this only.
func (n kindNode) store(ctx context.Context, p *place) ([]archive.File, error) {
	images, err := n.nodeImages(ctx)
	if err != nil {
		return nil, err
	}
	root, socket := filepath.Join(p.scratch(), "containerd"), filepath.Join(p.scratch(), "c.sock")
	config := filepath.Join(p.scratch(), "containerd.toml")
	// Nothing but the content store and its index is wanted; the CRI plugin would look for a network.
	text := fmt.Sprintf("version = 3\nroot = %q\nstate = %q\nimports = []\ndisabled_plugins = [\"io.containerd.grpc.v1.cri\", "+
		"\"io.containerd.internal.v1.opt\"]\n[grpc]\naddress = %q\n", root, filepath.Join(p.scratch(), "state"), socket)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		return nil, err
	}
	runtime := exec.CommandContext(ctx, filepath.Join(n.bin, "containerd"), "--config", config, "--log-level", "warn")
	runtime.Cancel = func() error { return runtime.Process.Signal(os.Interrupt) }
	runtime.WaitDelay = 5 * time.Second
	if err := runtime.Start(); err != nil {
		return nil, fmt.Errorf("starting containerd: %w", err)
	}
	importing := n.importAll(ctx, p, socket, images)
	_ = runtime.Process.Signal(os.Interrupt) // it closes its database; one that has ended already is reported by importAll
	_ = runtime.Wait()
	if importing != nil {
		return nil, importing
	}
	return tree(root, "/var/lib/containerd", func(string) int64 { return 0o644 })
}

func (n kindNode) importAll(ctx context.Context, p *place, socket string, images []archive.Image) error {
	if err := awaitSocket(ctx, socket); err != nil {
		return err
	}
	file := filepath.Join(p.scratch(), "image.tar")
	for _, image := range images {
		n.cache.say.Say("adding %s to kind's node image", image.Ref)
		if _, err := archive.Write(file, image); err != nil {
			return err
		}
		// Unpacking would leave snapshots that cannot be copied into a layer.
		load := exec.CommandContext(ctx, filepath.Join(n.bin, "ctr"), "--address", socket, "--namespace", "k8s.io",
			"images", "import", "--local", "--no-unpack", file)
		if out, err := load.CombinedOutput(); err != nil {
			return fmt.Errorf("importing %s: %w\n%s", image.Ref, err, out)
		}
	}
	return os.Remove(file)
}

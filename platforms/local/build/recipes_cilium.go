package build

import "time"

// CiliumVersion is the newest whose module graph a proxy can serve, with the two replacements of cilium.mod.
const CiliumVersion = "1.20.2"

const ciliumVersion = "v" + CiliumVersion

// ciliumRecipes are the programs of Cilium's two images. The tag chooses the operator for clusters whose nodes have pod
// addresses of their own, which its chart calls generic; nothing else looks at it.
func ciliumRecipes() []Recipe {
	const module = "github.com/cilium/cilium"
	return []Recipe{{
		Name: "cilium", Set: SetCilium, Module: module, Version: ciliumVersion,
		Packages: []string{
			module + "/daemon",
			module + "/operator",
			module + "/cilium-dbg",
			module + "/cilium-health",
			module + "/cilium-health/responder",
			module + "/plugins/cilium-cni",
			module + "/tools/mount",
			module + "/tools/sysctlfix",
		},
		Tags:    []string{"ipam_provider_operator"},
		LDFlags: []string{"-X", module + "/pkg/version.ciliumVersion=" + CiliumVersion},
		Usual:   4 * time.Minute, Space: Space{Binaries: 400, Compiled: 2200, Modules: 900},
		sources: map[string][]byte{
			"mcs-api-controllers/go.mod": []byte("module sigs.k8s.io/mcs-api/controllers\n\ngo 1.26.0\n"),
			// The annotation of the multi-cluster services API (KEP-1645) that names a derived service. Cilium reads it
			// where clusters are joined, which none here is.
			"mcs-api-controllers/controllers.go": []byte("package controllers\n\n" +
				"const DerivedServiceAnnotation = \"multicluster.kubernetes.io/derived-service\"\n"),
		},
	}}
}

package model

import (
	"net/netip"
	"testing"

	api "istio.io/api/security/v1beta1"
	"sigs.k8s.io/yaml"
)

var (
	friend   = Workload{Namespace: "shop", Name: "friend", Account: "friend", IP: netip.MustParseAddr("10.0.0.1"), Captured: true}
	stranger = Workload{Namespace: "other", Name: "stranger", Account: "stranger", IP: netip.MustParseAddr("10.0.1.2"), Captured: true}
	outsider = Workload{Namespace: "shop", Name: "outsider", Account: "friend", IP: netip.MustParseAddr("10.0.0.3")}
	server   = Workload{Namespace: "shop", Name: "server", Account: "server", IP: netip.MustParseAddr("10.0.0.9"), Captured: true,
		Labels: map[string]string{"app": "server"}}
)

const port = 9090

func policy(t *testing.T, namespace, spec string) Policy {
	t.Helper()
	p := Policy{Namespace: namespace, Root: namespace == "root", Spec: &api.AuthorizationPolicy{}}
	raw, err := yaml.YAMLToJSON([]byte(spec))
	if err == nil {
		err = p.Spec.UnmarshalJSON(raw)
	}
	if err != nil {
		t.Fatalf("reading %s: %v", spec, err)
	}
	return p
}

// admitted names the clients whom the server serves: f for friend, s for stranger, o for the outsider.
func admitted(policies []Policy, at int) string {
	names := ""
	for _, client := range []struct {
		letter string
		Workload
	}{{"f", friend}, {"s", stranger}, {"o", outsider}} {
		if Allowed(policies, client.Workload, server, at) {
			names += client.letter
		}
	}
	return names
}

func TestAllowed(t *testing.T) {
	for _, row := range []struct {
		name, spec, want string
	}{
		{"nothing to allow", `{}`, ""},
		{"an empty rule", `{rules: [{}]}`, "fso"},
		{"deny by an empty rule", `{action: DENY, rules: [{}]}`, ""},
		{"principal", `{rules: [{from: [{source: {principals: [cluster.local/ns/shop/sa/friend]}}]}]}`, "f"},
		{"principal by suffix", `{rules: [{from: [{source: {principals: ["*/sa/stranger"]}}]}]}`, "s"},
		{"principal by prefix", `{rules: [{from: [{source: {principals: ["cluster.local/ns/shop/*"]}}]}]}`, "f"},
		{"any principal", `{rules: [{from: [{source: {principals: ["*"]}}]}]}`, "fs"},
		{"not this principal, which nobody outside has", `{rules: [{from: [{source: {notPrincipals: [cluster.local/ns/shop/sa/friend]}}]}]}`, "so"},
		{"deny whoever has no principal", `{action: DENY, rules: [{from: [{source: {notPrincipals: ["*"]}}]}]}`, "fs"},
		{"namespace", `{rules: [{from: [{source: {namespaces: [other]}}]}]}`, "s"},
		{"not namespace", `{rules: [{from: [{source: {notNamespaces: [other]}}]}]}`, "fo"},
		{"account of the policy's namespace", `{rules: [{from: [{source: {serviceAccounts: [friend]}}]}]}`, "f"},
		{"account of another namespace", `{rules: [{from: [{source: {serviceAccounts: [other/stranger]}}]}]}`, "s"},
		{"block", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/24]}}]}]}`, "fo"},
		{"one address", `{rules: [{from: [{source: {ipBlocks: [10.0.1.2]}}]}]}`, "s"},
		{"not block", `{rules: [{from: [{source: {notIpBlocks: [10.0.0.0/24]}}]}]}`, "s"},
		{"all fields of a source", `{rules: [{from: [{source: {ipBlocks: [10.0.0.0/24], principals: ["*"]}}]}]}`, "f"},
		{"any of the sources", `{rules: [{from: [{source: {namespaces: [other]}}, {source: {ipBlocks: [10.0.0.3]}}]}]}`, "so"},
		{"any of the rules", `{rules: [{from: [{source: {namespaces: [other]}}]}, {to: [{operation: {ports: ["1"]}}]}]}`, "s"},
		{"port", `{rules: [{to: [{operation: {ports: ["9090"]}}]}]}`, "fso"},
		{"another port", `{rules: [{to: [{operation: {ports: ["1"]}}]}]}`, ""},
		{"not port", `{rules: [{to: [{operation: {notPorts: ["9090"]}}]}]}`, ""},
		{"when", `{rules: [{when: [{key: source.namespace, values: [other]}]}]}`, "s"},
		{"when not", `{rules: [{when: [{key: source.ip, notValues: [10.0.0.0/24]}]}]}`, "s"},
		{"all conditions", `{rules: [{when: [{key: destination.port, values: ["9090"]}, {key: source.principal, values: ["*/sa/friend"]}]}]}`, "f"},
		{"allow by HTTP fails closed", `{rules: [{to: [{operation: {methods: [GET]}}]}]}`, ""},
		{"deny by HTTP alone denies nobody", `{action: DENY, rules: [{to: [{operation: {methods: [GET]}}]}]}`, "fso"},
		{"selects it", `{selector: {matchLabels: {app: server}}}`, ""},
		{"selects others", `{selector: {matchLabels: {app: other}}}`, "fso"},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := admitted([]Policy{policy(t, "shop", row.spec)}, port); got != row.want {
				t.Errorf("admits %q, want %q", got, row.want)
			}
		})
	}
}

func TestPoliciesTogether(t *testing.T) {
	allowAll, denyFriend := policy(t, "shop", `{rules: [{}]}`), policy(t, "shop", `{action: DENY, rules: [{from: [{source: {principals: ["*/sa/friend"]}}]}]}`)
	for _, row := range []struct {
		name     string
		policies []Policy
		want     string
	}{
		{"none", nil, "fso"},
		{"deny wins over allow, whichever comes first", []Policy{allowAll, denyFriend}, "so"},
		{"allows add up", []Policy{policy(t, "shop", `{}`), policy(t, "shop", `{rules: [{from: [{source: {namespaces: [other]}}]}]}`)}, "s"},
		{"of another namespace", []Policy{policy(t, "other", `{}`)}, "fso"},
		{"of the root namespace", []Policy{policy(t, "root", `{}`)}, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			if got := admitted(row.policies, port); got != row.want {
				t.Errorf("admits %q, want %q", got, row.want)
			}
		})
	}
}

func TestNobodyEnforcesOutsideTheMeshOrWithin(t *testing.T) {
	nothing := []Policy{policy(t, "shop", `{}`)}
	if !Allowed(nothing, stranger, outsider, port) {
		t.Error("a workload outside the mesh is predicted to enforce policy")
	}
	if !Allowed(nothing, server, server, port) {
		t.Error("a workload is predicted to deny itself")
	}
}

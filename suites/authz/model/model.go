// Package model predicts who reaches whom, from workloads and AuthorizationPolicies alone. It is written from the
// documentation of layer-4 policy and knows nothing of any proxy, so that what a mesh does can be held against it.
package model

import (
	"net/netip"
	"strconv"
	"strings"

	api "istio.io/api/security/v1beta1"
)

// Workload is a client, a server, or both.
type Workload struct {
	Namespace, Name, Account string
	IP                       netip.Addr
	Labels                   map[string]string
	Captured                 bool
}

// Policy is an AuthorizationPolicy in its place.
type Policy struct {
	Namespace string
	Root      bool // it is in the mesh's root namespace
	Spec      *api.AuthorizationPolicy
}

// Allowed says whether a client reaches a port of a server under policies. Nobody enforces policy for a workload outside
// the mesh, nor between a workload and itself.
func Allowed(policies []Policy, client, server Workload, port int) bool {
	if !server.Captured || client.Namespace == server.Namespace && client.Name == server.Name {
		return true
	}
	c := connection{client: client, server: server, port: strconv.Itoa(port)}
	asked, admitted := false, false
	for _, policy := range policies {
		if !policy.appliesTo(server) {
			continue
		}
		matched := c.matchesAny(policy)
		switch policy.Spec.GetAction() {
		case api.AuthorizationPolicy_DENY:
			if matched {
				return false
			}
		case api.AuthorizationPolicy_ALLOW:
			asked, admitted = true, admitted || matched
		}
	}
	return !asked || admitted
}

// appliesTo says whether a policy speaks about a server: its namespace's and the root namespace's do, unless they select
// others.
func (p Policy) appliesTo(server Workload) bool {
	if !p.Root && p.Namespace != server.Namespace {
		return false
	}
	for label, value := range p.Spec.GetSelector().GetMatchLabels() {
		if server.Labels[label] != value {
			return false
		}
	}
	return true
}

// connection is what policy is asked about. A client outside the mesh has an address but no identity.
type connection struct {
	client, server Workload
	port           string
}

func (c connection) principal() string {
	if !c.client.Captured {
		return ""
	}
	return "cluster.local/ns/" + c.client.Namespace + "/sa/" + c.client.Account
}

func (c connection) namespace() string {
	if !c.client.Captured {
		return ""
	}
	return c.client.Namespace
}

func (c connection) account() string {
	if !c.client.Captured {
		return ""
	}
	return c.client.Namespace + "/" + c.client.Account
}

func (c connection) matchesAny(policy Policy) bool {
	for _, rule := range policy.Spec.GetRules() {
		if policy.Spec.GetAction() == api.AuthorizationPolicy_ALLOW && speaksHTTP(rule) {
			continue // an allowance that layer 4 cannot judge allows nothing
		}
		if c.matches(policy.Namespace, rule) {
			return true
		}
	}
	return false
}

// matches: any of the sources, any of the operations, all of the conditions.
func (c connection) matches(home string, rule *api.Rule) bool {
	from, to := len(rule.GetFrom()) == 0, len(rule.GetTo()) == 0
	for _, source := range rule.GetFrom() {
		from = from || c.isFrom(home, source.GetSource())
	}
	for _, operation := range rule.GetTo() {
		to = to || c.isTo(operation.GetOperation())
	}
	for _, condition := range rule.GetWhen() {
		if !c.fulfils(condition) {
			return false
		}
	}
	return from && to
}

func (c connection) isFrom(home string, s *api.Source) bool {
	return all(
		field{s.GetPrincipals(), s.GetNotPrincipals(), text(c.principal())},
		field{s.GetNamespaces(), s.GetNotNamespaces(), text(c.namespace())},
		field{s.GetServiceAccounts(), s.GetNotServiceAccounts(), func(v string) bool {
			if !strings.Contains(v, "/") {
				v = home + "/" + v
			}
			return v == c.account()
		}},
		field{s.GetIpBlocks(), s.GetNotIpBlocks(), within(c.client.IP)},
	)
}

func (c connection) isTo(o *api.Operation) bool {
	return all(field{o.GetPorts(), o.GetNotPorts(), func(v string) bool { return v == c.port }})
}

func (c connection) fulfils(condition *api.Condition) bool {
	f := field{wanted: condition.GetValues(), unwanted: condition.GetNotValues()}
	switch condition.GetKey() {
	case "source.principal":
		f.is = text(c.principal())
	case "source.namespace":
		f.is = text(c.namespace())
	case "source.ip":
		f.is = within(c.client.IP)
	case "destination.ip":
		f.is = within(c.server.IP)
	case "destination.port":
		f.is = func(v string) bool { return v == c.port }
	default:
		return false
	}
	return all(f)
}

// field is one kind of condition with the values that are wanted and those that are not.
type field struct {
	wanted, unwanted []string
	is               func(value string) bool
}

// all fields must hold. Where none asks anything, because only HTTP was asked about, nothing matches: a DENY of
// HTTP alone denies nobody (istio#61126).
func all(fields ...field) bool {
	asks := false
	for _, f := range fields {
		asks = asks || len(f.wanted)+len(f.unwanted) > 0
		if len(f.wanted) > 0 && !anyOf(f.wanted, f.is) || anyOf(f.unwanted, f.is) {
			return false
		}
	}
	return asks
}

func anyOf(values []string, is func(string) bool) bool {
	for _, value := range values {
		if is(value) {
			return true
		}
	}
	return false
}

// text compares with wildcards: "*" is anything but nothing, and a star may stand first or last. What has no identity
// matches none of them.
func text(actual string) func(string) bool {
	return func(pattern string) bool {
		switch {
		case actual == "":
			return false
		case strings.HasPrefix(pattern, "*"):
			return strings.HasSuffix(actual, pattern[1:])
		case strings.HasSuffix(pattern, "*"):
			return strings.HasPrefix(actual, pattern[:len(pattern)-1])
		}
		return actual == pattern
	}
}

func within(ip netip.Addr) func(string) bool {
	return func(block string) bool {
		if single, err := netip.ParseAddr(block); err == nil {
			return single == ip
		}
		prefix, err := netip.ParsePrefix(block)
		return err == nil && prefix.Masked().Contains(ip)
	}
}

// speaksHTTP says whether a rule asks for something that only layer 7 knows.
func speaksHTTP(rule *api.Rule) bool {
	for _, to := range rule.GetTo() {
		o := to.GetOperation()
		if len(o.GetHosts())+len(o.GetNotHosts())+len(o.GetMethods())+len(o.GetNotMethods())+len(o.GetPaths())+len(o.GetNotPaths()) > 0 {
			return true
		}
	}
	for _, from := range rule.GetFrom() {
		s := from.GetSource()
		if len(s.GetRequestPrincipals())+len(s.GetNotRequestPrincipals())+len(s.GetRemoteIpBlocks())+len(s.GetNotRemoteIpBlocks()) > 0 {
			return true
		}
	}
	for _, condition := range rule.GetWhen() {
		if !layer4[condition.GetKey()] {
			return true
		}
	}
	return false
}

var layer4 = map[string]bool{
	"source.principal": true, "source.namespace": true, "source.ip": true, "destination.ip": true, "destination.port": true,
}

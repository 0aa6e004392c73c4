// Package all is the list of everything that is examined.
package all

import (
	"github.com/ambient-conformance/ambient-conformance/suites"
	"github.com/ambient-conformance/ambient-conformance/suites/authz"
	"github.com/ambient-conformance/ambient-conformance/suites/bypass"
	"github.com/ambient-conformance/ambient-conformance/suites/cilium"
	"github.com/ambient-conformance/ambient-conformance/suites/enrolment"
	"github.com/ambient-conformance/ambient-conformance/suites/install"
	"github.com/ambient-conformance/ambient-conformance/suites/lifecycle"
	"github.com/ambient-conformance/ambient-conformance/suites/mtls"
	"github.com/ambient-conformance/ambient-conformance/suites/ports"
	"github.com/ambient-conformance/ambient-conformance/suites/probes"
	"github.com/ambient-conformance/ambient-conformance/suites/serverfirst"
	"github.com/ambient-conformance/ambient-conformance/suites/traffic"
)

// Catalogue returns every area, in report order.
func Catalogue() suites.Catalogue {
	return suites.Catalogue{
		install.Area(), enrolment.Area(), probes.Area(), serverfirst.Area(), traffic.Area(), mtls.Area(), authz.Area(),
		bypass.Area(), ports.Area(), cilium.Area(), lifecycle.Area(),
	}
}

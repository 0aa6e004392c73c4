package serverfirst

import (
	"context"

	"github.com/ambient-conformance/ambient-conformance/fixtures"
	"github.com/ambient-conformance/ambient-conformance/fixtures/probe"
	"github.com/ambient-conformance/ambient-conformance/suites"
)

// MailAndFilesServerSpeaksFirst speaks SMTP and FTP, which greet with 220; FTP opens a second connection for its data.
var MailAndFilesServerSpeaksFirst = suites.Check{
	Name:    "MailAndFilesServerSpeaksFirst",
	Summary: "SMTP and FTP sessions, passive transfer included, work through the mesh in every direction",
	Spec:    "https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/",
	Claims:  []string{"app.server-first"},
	Level:   suites.Core,
	Verify: func(ctx context.Context, m *fixtures.Mesh) {
		throughTheMesh(ctx, m, probe.SMTP, fixtures.SMTPPort)
		throughTheMesh(ctx, m, probe.FTP, fixtures.FTPPort)
	},
	Breaks: []suites.Break{
		{Name: "client-must-speak-first", Faults: []string{"client-must-speak-first"}},
		{Name: "denied-by-policy", Do: deny},
	},
}

# Every target is what CI runs, too. `make conformance` and `make test` need nothing but Go, make and, for the first,
# Linux with root: setup installs the rest on Debian and its relatives.
GO      ?= go
STATIC  := CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w"
IMAGES  := fixtures/images/bin
ARGS    ?=

.PHONY: build conformance test lint bench bench-probes bench-authz list clean setup images prove kind cilium

build: images
	CGO_ENABLED=0 $(GO) build -trimpath -o bin/runner ./cmd/runner

# The programs that run inside the cluster are embedded in the runner.
images:
	$(STATIC) -o bin/agent ./fixtures/agent && gzip -nc bin/agent > $(IMAGES)/agent.gz
	$(STATIC) -o bin/fakeztunnel ./fixtures/fakeztunnel && gzip -nc bin/fakeztunnel > $(IMAGES)/fakeztunnel.gz

conformance: setup build
	bin/runner --platform local $(ARGS)

# The same on kind; where no Docker engine answers, on one built for the run.
kind: build
	@.ci/setup --kind
	.ci/kind --images built --report-dir kind-report $(ARGS)

# The same on Cilium, built from its module like everything else.
cilium: setup build
	@.ci/setup --cilium
	bin/runner --platform local --cni cilium --report-dir cilium-report $(ARGS)

prove: setup build
	bin/runner prove --platform local $(ARGS)

test:
	$(GO) vet ./... && $(GO) test ./...

# The runner builds elsewhere, too: there it drives kind and clusters that exist.
lint:
	GOOS=darwin $(GO) build -o /dev/null ./cmd/runner
	$(GO) run github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0 run ./...

# How long each stage of a warm run takes, in seconds.
bench: setup build
	bin/runner --platform local $(ARGS) >&2 && bin/runner report stages conformance-report/report.json

# TCP verdicts per second between two pods: batches through the agent, and one exec per verdict beside them.
bench-probes: setup build
	KUBECONFIG=$$(bin/runner up --name bench-probes) $(GO) test -run '^$$' -bench Probes ./fixtures; bin/runner down bench-probes

# How the authorization table's time grows from 9 to 18 and 36 workloads.
bench-authz: setup build
	KUBECONFIG=$$(bin/runner up --name bench-authz) $(GO) test -run '^$$' -bench TruthTable -benchtime 1x -timeout 30m ./suites/authz; bin/runner down bench-authz

list: build
	bin/runner list

setup:
	@.ci/setup

clean:
	rm -rf bin conformance-report proof-report kind-report cilium-report ablation-report $(IMAGES)/*.gz

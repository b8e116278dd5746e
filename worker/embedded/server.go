// Package embedded runs a Temporal server inside the process: SQLite on disk,
// loopback only. Temporal calls this fit for one machine; the step up is any
// Temporal cluster, with the same binary.
package embedded

import (
	"fmt"
	"net"
	"os"
	"sync/atomic"

	"github.com/sirupsen/logrus"
	enums "go.temporal.io/api/enums/v1"
	"go.temporal.io/server/common/authorization"
	"go.temporal.io/server/common/cluster"
	"go.temporal.io/server/common/config"
	"go.temporal.io/server/common/dynamicconfig"
	"go.temporal.io/server/common/membership/static"
	"go.temporal.io/server/common/metrics"
	sqliteplugin "go.temporal.io/server/common/persistence/sql/sqlplugin/sqlite"
	"go.temporal.io/server/common/primitives"
	"go.temporal.io/server/schema/sqlite"
	"go.temporal.io/server/temporal"
)

// Namespace is where Ovation's workflows live.
const Namespace = "ovation"

// loopback is the only address that the server binds.
const loopback = "127.0.0.1"

// tuned are the settings without which a lone workflow pays about 56 ms for an
// activity instead of 10 (docs/design.md has the measurements).
var tuned = dynamicconfig.StaticClient{
	dynamicconfig.MakeKey("history.transferProcessorMaxPollRPS"):   2000,
	dynamicconfig.MakeKey("history.timerProcessorMaxPollRPS"):      2000,
	dynamicconfig.MakeKey("history.visibilityProcessorMaxPollRPS"): 500,
	dynamicconfig.MakeKey("history.outboundProcessorMaxPollRPS"):   500,
	dynamicconfig.MakeKey("matching.numTaskqueueReadPartitions"):   1,
	dynamicconfig.MakeKey("matching.numTaskqueueWritePartitions"):  1,
}

// Server is a Temporal server in this process.
type Server struct {
	temporal temporal.Server
	address  string
	running  *atomic.Bool
}

// Start starts a server over the SQLite file at path, which it makes when it
// is not there, with the namespace and its search attribute, a keyword.
func Start(path, attribute string, log logrus.FieldLogger) (*Server, error) {
	running := new(atomic.Bool)
	ports, err := freePorts(len(services) + 1) // and one for metrics
	if err != nil {
		return nil, fmt.Errorf("find free ports for the embedded Temporal: %w", err)
	}
	cfg := configuration(path, ports)
	if err := prepare(path, attribute, cfg); err != nil {
		return nil, fmt.Errorf("prepare the embedded Temporal's database %s: %w", path, err)
	}
	claims, err := authorization.GetClaimMapperFromConfig(&cfg.Global.Authorization, newLogger(log, running))
	if err != nil {
		return nil, fmt.Errorf("configure the embedded Temporal: %w", err)
	}
	s, err := temporal.NewServer(
		temporal.WithConfig(cfg),
		temporal.ForServices(temporal.DefaultServices),
		temporal.WithStaticHosts(hosts(ports)),
		temporal.WithLogger(newLogger(log, running)),
		temporal.WithAuthorizer(authorization.NewNoopAuthorizer()),
		temporal.WithClaimMapper(func(*config.Config) authorization.ClaimMapper { return claims }),
		temporal.WithDynamicConfigClient(tuned),
	)
	if err != nil {
		return nil, fmt.Errorf("configure the embedded Temporal: %w", err)
	}
	if err := s.Start(); err != nil {
		return nil, fmt.Errorf("start the embedded Temporal: %w", err)
	}
	return &Server{temporal: s, address: cfg.PublicClient.HostPort, running: running}, nil
}

// Ready says that the server has answered: from here on its errors are news.
func (s *Server) Ready() { s.running.Store(true) }

// Address is the host and port that clients dial.
func (s *Server) Address() string { return s.address }

// Stop stops the server.
func (s *Server) Stop() error {
	s.running.Store(false)
	return s.temporal.Stop()
}

// services are the parts of a server, in the order of their ports.
var services = []primitives.ServiceName{
	primitives.FrontendService, primitives.HistoryService, primitives.MatchingService, primitives.WorkerService,
}

// hosts tells every part where the others are. Without it they would find each
// other by gossip, and look for those of the process that was killed before.
func hosts(ports []int) map[primitives.ServiceName]static.Hosts {
	out := map[primitives.ServiceName]static.Hosts{}
	for i, name := range services {
		address := fmt.Sprintf("%s:%d", loopback, ports[i])
		out[name] = static.Hosts{Self: address, All: []string{address}}
	}
	return out
}

// prepare makes the schema in a new file, and the namespace where it lacks.
func prepare(path, attribute string, cfg *config.Config) error {
	sql := cfg.Persistence.DataStores[sqliteplugin.PluginName].SQL
	if _, err := os.Stat(path); os.IsNotExist(err) {
		// A crash in the middle must not leave half a schema under the name.
		fresh := *sql
		fresh.DatabaseName = path + ".part"
		if err := os.Remove(fresh.DatabaseName); err != nil && !os.IsNotExist(err) {
			return err
		}
		if err := sqlite.SetupSchema(&fresh); err != nil {
			return err
		}
		if err := os.Rename(fresh.DatabaseName, path); err != nil {
			return err
		}
	}
	ns, err := sqlite.NewNamespaceConfig("active", Namespace, false, map[string]enums.IndexedValueType{
		attribute: enums.INDEXED_VALUE_TYPE_KEYWORD,
	})
	if err != nil {
		return err
	}
	return sqlite.CreateNamespaces(sql, ns)
}

// configuration is that of a single-node server whose every service is bound
// to the loopback interface.
func configuration(path string, ports []int) *config.Config {
	sql := &config.SQL{
		PluginName:   sqliteplugin.PluginName,
		DatabaseName: path,
		ConnectAttributes: map[string]string{
			"mode": "rwc", "_journal_mode": "WAL", "_synchronous": "NORMAL",
		},
	}
	frontend := fmt.Sprintf("%s:%d", loopback, ports[0])
	cfg := &config.Config{}
	cfg.Global.Metrics = &metrics.Config{Prometheus: &metrics.PrometheusConfig{
		ListenAddress: fmt.Sprintf("%s:%d", loopback, ports[len(services)]), HandlerPath: "/metrics"}}
	cfg.Persistence = config.Persistence{
		DefaultStore: sqliteplugin.PluginName, VisibilityStore: sqliteplugin.PluginName, NumHistoryShards: 1,
		DataStores: map[string]config.DataStore{sqliteplugin.PluginName: {SQL: sql}},
	}
	cfg.ClusterMetadata = &cluster.Config{
		FailoverVersionIncrement: 10, MasterClusterName: "active", CurrentClusterName: "active",
		ClusterInformation: map[string]cluster.ClusterInformation{
			"active": {Enabled: true, InitialFailoverVersion: 1, RPCAddress: frontend}},
	}
	cfg.DCRedirectionPolicy = config.DCRedirectionPolicy{Policy: "noop"}
	cfg.Services = map[string]config.Service{}
	for i, name := range services {
		cfg.Services[string(name)] = config.Service{RPC: config.RPC{GRPCPort: ports[i], BindOnLocalHost: true}}
	}
	cfg.Archival = config.Archival{
		History:    config.HistoryArchival{State: "disabled"},
		Visibility: config.VisibilityArchival{State: "disabled"},
	}
	cfg.NamespaceDefaults.Archival = config.ArchivalNamespaceDefaults{
		History:    config.HistoryArchivalNamespaceDefaults{State: "disabled"},
		Visibility: config.VisibilityArchivalNamespaceDefaults{State: "disabled"},
	}
	cfg.PublicClient = config.PublicClient{HostPort: frontend}
	return cfg
}

// freePorts finds n ports that nobody listens on, all at once so that they
// differ.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		l, err := net.Listen("tcp", loopback+":0")
		if err != nil {
			return nil, err
		}
		defer l.Close()
		ports = append(ports, l.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

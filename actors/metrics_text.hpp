#pragma once

#include <string>

#include <caf/telemetry/metric_registry.hpp>

namespace offhook::actors {

/// All metrics of `registry` in Prometheus' text format, version 0.0.4.
/// CAF's own exporter is not used: it cannot rename CAF's gauge
/// `caf_system_queued_messages_total`, a name that `promtool check metrics`
/// refuses for a gauge.
/// From any thread; holds the registry's lock while it writes.
std::string metrics_text(const caf::telemetry::metric_registry& registry);

} // namespace offhook::actors

#include "actors/metrics_text.hpp"

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <string_view>
#include <type_traits>

#include <caf/telemetry/counter.hpp>
#include <caf/telemetry/gauge.hpp>
#include <caf/telemetry/histogram.hpp>
#include <caf/telemetry/metric.hpp>
#include <caf/telemetry/metric_family.hpp>

namespace offhook::actors {

namespace {

namespace telemetry = caf::telemetry;

void append_name_part(std::string& out, std::string_view part) {
  for (auto c : part) {
    auto allowed = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
                   || (c >= '0' && c <= '9') || c == '_';
    out += allowed ? c : '_';
  }
}

void append_escaped(std::string& out, std::string_view text, bool quote) {
  for (auto c : text) {
    if (c == '\\')
      out += "\\\\";
    else if (c == '\n')
      out += "\\n";
    else if (c == '"' && quote)
      out += "\\\"";
    else
      out += c;
  }
}

template <class T>
void append_number(std::string& out, T x) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(x)) {
      out += "NaN";
      return;
    }
    if (std::isinf(x)) {
      out += x > 0 ? "+Inf" : "-Inf";
      return;
    }
  }
  char digits[32];
  auto end = std::to_chars(digits, digits + sizeof(digits), x).ptr;
  out.append(digits, end);
}

class writer {
public:
  explicit writer(std::string& out) : out_(out) {
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::dbl_counter* x) {
    value(family, instance, "counter", x->value());
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::int_counter* x) {
    value(family, instance, "counter", x->value());
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::dbl_gauge* x) {
    value(family, instance, "gauge", x->value());
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::int_gauge* x) {
    value(family, instance, "gauge", x->value());
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::dbl_histogram* x) {
    histogram(family, instance, *x);
  }

  void operator()(const telemetry::metric_family* family,
                  const telemetry::metric* instance,
                  const telemetry::int_histogram* x) {
    histogram(family, instance, *x);
  }

private:
  void begin(const telemetry::metric_family* family, std::string_view type) {
    if (family == family_)
      return;
    family_ = family;
    name_.clear();
    append_name_part(name_, family->prefix());
    name_ += '_';
    append_name_part(name_, family->name());
    if (family->unit() != "1") {
      name_ += '_';
      append_name_part(name_, family->unit());
    }
    // The suffix is a counter's by convention, whatever its family says.
    if (type == "counter")
      name_ += "_total";
    out_ += "# HELP " + name_ + ' ';
    append_escaped(out_, family->helptext(), false);
    out_ += "\n# TYPE " + name_ + ' ';
    out_ += type;
    out_ += '\n';
  }

  void labels(const telemetry::metric* instance, std::string_view bound = {}) {
    auto separator = '{';
    auto add = [&](std::string_view name, std::string_view text) {
      out_ += separator;
      separator = ',';
      append_name_part(out_, name);
      out_ += "=\"";
      append_escaped(out_, text, true);
      out_ += '"';
    };
    for (const auto& x : instance->labels())
      add({x.name().data(), x.name().size()},
          {x.value().data(), x.value().size()});
    if (!bound.empty())
      add("le", bound);
    if (separator == ',')
      out_ += '}';
  }

  template <class T>
  void value(const telemetry::metric_family* family,
             const telemetry::metric* instance, std::string_view type, T x) {
    begin(family, type);
    out_ += name_;
    labels(instance);
    out_ += ' ';
    append_number(out_, x);
    out_ += '\n';
  }

  template <class Histogram>
  void histogram(const telemetry::metric_family* family,
                 const telemetry::metric* instance, const Histogram& x) {
    begin(family, "histogram");
    std::int64_t count = 0;
    auto buckets = x.buckets();
    for (std::size_t i = 0; i < buckets.size(); ++i) {
      count += buckets[i].count.value();
      std::string bound;
      if (i + 1 == buckets.size())
        bound = "+Inf";
      else
        append_number(bound, buckets[i].upper_bound);
      out_ += name_ + "_bucket";
      labels(instance, bound);
      out_ += ' ';
      append_number(out_, count);
      out_ += '\n';
    }
    out_ += name_ + "_sum";
    labels(instance);
    out_ += ' ';
    append_number(out_, x.sum());
    out_ += '\n' + name_ + "_count";
    labels(instance);
    out_ += ' ';
    append_number(out_, count);
    out_ += '\n';
  }

  std::string& out_;
  std::string name_; // of the family whose header was written last
  const telemetry::metric_family* family_ = nullptr;
};

} // namespace

std::string metrics_text(const telemetry::metric_registry& registry) {
  std::string result;
  writer out{result};
  registry.collect(out);
  return result;
}

} // namespace offhook::actors

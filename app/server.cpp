#include "app/server.hpp"

#include <atomic>
#include <future>
#include <random>
#include <stdexcept>

#include <caf/actor_system.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/logger.hpp>
#include <caf/scoped_actor.hpp>
#include <spdlog/spdlog.h>

#include "actors/call_registry.hpp"
#include "actors/load_board.hpp"
#include "actors/pacer.hpp"
#include "actors/shard_scheduler.hpp"
#include "app/access_policy.hpp"
#include "app/demo_script.hpp"
#include "app/http_service.hpp"
#include "app/routes.hpp"
#include "app/server_settings.hpp"
#include "app/standins/demo_agent_server.hpp"
#include "app/takeover.hpp"
#include "app/tools.hpp"
#include "net/listener.hpp"
#include "protocol/crypto.hpp"
#include "protocol/openai_provider.hpp"

namespace offhook::app {

namespace {

// How long stop() waits for the calls: their own close grace and a margin.
constexpr std::chrono::seconds shutdown_patience{8};

access_policy::options access_options(const settings& x, const secrets& keys) {
  access_policy::options result;
  result.bind_address = x.text("http.address");
  result.public_url = x.text("http.public-url");
  result.auth_token = keys.twilio_auth_token;
  result.api_token = keys.api_token;
  result.signatures = x.text("twilio.verify-signatures");
  const auto& upgrade = x.text("twilio.verify-upgrade");
  result.upgrade = upgrade == "off"   ? access_policy::upgrade_check::off
                   : upgrade == "log" ? access_policy::upgrade_check::log
                                      : access_policy::upgrade_check::enforce;
  return result;
}

/// Whoever waits for it goes on.
void tell(std::atomic<bool>& done) {
  done = true;
  done.notify_all();
}

} // namespace

struct server::impl {
  impl(config& cfg, secrets keys, actors::behaviour_registry behaviours)
    : cfg(cfg),
      keys(std::move(keys)),
      behaviours(std::move(behaviours)),
      values(cfg.values()) {
  }

  void start();
  void start_demo_agent(net::ws_client_options& realtime);
  std::shared_ptr<actors::environment> make_environment();
  void listen(const std::shared_ptr<const access_policy>& policy);
  void start_probes(actors::environment& to);
  void set_handover(actors::environment& to);
  void drain();
  void stop();

  config& cfg;
  secrets keys;
  actors::behaviour_registry behaviours;
  const settings& values;
  std::atomic<bool> ready = false;
  std::atomic<bool> draining = false;
  std::shared_ptr<std::atomic<bool>> drained
    = std::make_shared<std::atomic<bool>>(false);
  std::atomic<std::uint16_t> port = 0;
  bool stopped = false;

  // In the order of construction; stop() goes backwards.
  std::unique_ptr<caf::actor_system> system;
  std::vector<net::shard_loop*> loops;
  std::unique_ptr<standins::demo_agent_server> demo_agent;
  std::shared_ptr<http_service> http;
  actors::environment_ptr env;
  actors::call_registry_actor registry;
  std::vector<actors::pacer_actor> pacers;
  std::vector<caf::actor> probes;
  std::unique_ptr<net::listener> listener;
};

void server::impl::start_demo_agent(net::ws_client_options& realtime) {
  standins::demo_agent_server_options options;
  options.agent.script = embedded_agent_script();
  demo_agent
    = std::make_unique<standins::demo_agent_server>(loops, std::move(options));
  demo_agent->start();
  realtime.url = demo_agent->url();
  spdlog::warn("the built-in demo agent answers: neither openai.url nor "
               "OPENAI_API_KEY is set");
}

std::shared_ptr<actors::environment> server::impl::make_environment() {
  auto result = std::make_shared<actors::environment>();
  result->behaviours = behaviours;
  configure(values, keys, *result);
  http = std::make_shared<http_service>(
    read_http_client(values), values.text("http-client.name-servers"));
  result->http = [weak = std::weak_ptr{http}](auto request, auto done) {
    auto service = weak.lock();
    return service ? service->send(std::move(request), std::move(done))
                   : nullptr;
  };
  auto& realtime = result->realtime;
  realtime.trust
    = std::make_shared<net::tls_trust>(values.text("openai.ca-file"));
  const auto& provider
    = *protocol::openai::find_provider(values.text("openai.provider"));
  realtime.url = values.text("openai.url");
  auto key = keys.openai_api_key;
  if (realtime.url.empty() && key.empty()) {
    start_demo_agent(realtime);
    key = "demo";
  } else if (realtime.url.empty()) {
    realtime.url = provider.endpoint;
  }
  if (!key.empty())
    realtime.headers.push_back(protocol::openai::auth_header(provider, key));
  // Without Twilio's token nobody but this process can check ours.
  result->token_key = keys.twilio_auth_token.empty()
                        ? protocol::crypto::random_hex(32)
                        : protocol::crypto::hmac_sha256(keys.twilio_auth_token,
                                                        "offhook stream token");
  result->metrics = std::make_shared<actors::metrics>(system->metrics());
  result->dial = [](net::ws_client_options options,
                    std::function<void(net::connect_result)> done) {
    return net::ws_connect(actors::shard::current()->loop(), std::move(options),
                           std::move(done));
  };
  result->random = [] {
    thread_local std::minstd_rand generator{std::random_device{}()};
    return std::uniform_real_distribution<double>{0, 1}(generator);
  };
  result->wall_clock = [] {
    return std::chrono::duration_cast<std::chrono::seconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
  };
  auto& scheduler = actors::shard_scheduler::of(*system);
  result->unit = [&scheduler](std::uint32_t index) -> caf::execution_unit* {
    return scheduler.call_shard(index);
  };
  result->behaviour_unit = [&scheduler] { return scheduler.helper(); };
  for (std::uint32_t i = 0; i < loops.size(); ++i) {
    caf::actor_config config{result->unit(i)};
    pacers.push_back(
      system->spawn_class<actors::pacer_impl, caf::no_spawn_options>(
        config, std::chrono::milliseconds{result->limits.tick_ms}));
  }
  result->pacers = pacers;
  start_probes(*result);
  set_handover(*result);
  return result;
}

void server::impl::start_probes(actors::environment& to) {
  auto board = std::make_shared<actors::load_board>(loops.size());
  for (std::uint32_t i = 0; i < loops.size(); ++i)
    probes.push_back(
      actors::spawn_loop_probe(*system, to.unit(i), board, to.metrics, i));
  auto* helper = to.behaviour_unit();
  probes.push_back(actors::spawn_memory_probe(
    *system, helper ? helper : to.unit(0), board, to.metrics));
  to.load = [board] { return board->read(std::chrono::steady_clock::now()); };
}

void server::impl::set_handover(actors::environment& to) {
  auto own = values.text("drain.own-url");
  if (own.empty())
    own = values.text("http.public-url");
  while (own.ends_with('/'))
    own.pop_back();
  if (own.empty() && is_loopback(values.text("http.address"))) {
    auto scheme = values.text("http.tls.cert-file").empty() ? "http" : "https";
    to.handover.own_origin = [this, scheme] {
      return std::string{scheme}
             + "://127.0.0.1:" + std::to_string(port.load());
    };
  } else if (is_safe_origin(own)) {
    to.handover.own_origin = [own] { return own; };
  }
  if (to.handover.possible())
    return;
  // Said at the start: at the end it is too late.
  if (to.handover.heir.empty())
    spdlog::info("calls are not handed over when this process ends: "
                 "drain.redirect-url is not set");
  else
    spdlog::warn("calls are not handed over when this process ends: {} is not "
                 "set",
                 to.handover.key.empty()
                   ? "OFFHOOK_FLEET_KEY"
                   : "an https:// origin (drain.own-url or http.public-url)");
}

void server::impl::listen(const std::shared_ptr<const access_policy>& policy) {
  auto context = std::make_shared<route_context>();
  context->system = system.get();
  context->env = env;
  context->registry = registry;
  context->loops = loops;
  context->access = policy;
  configure(values, *context);
  context->ready = [this] { return ready.load(); };
  context->drain = [this] { drain(); };
  context->ask_peer = [weak = std::weak_ptr{http}](auto request, auto done) {
    if (auto service = weak.lock())
      service->send_once(std::move(request), std::move(done));
  };
  net::listener_options options;
  options.address = values.text("http.address");
  options.port = static_cast<std::uint16_t>(values.integer("http.port"));
  options.tls_cert_file = values.text("http.tls.cert-file");
  options.tls_key_file = values.text("http.tls.key-file");
  options.max_body_bytes
    = static_cast<std::size_t>(values.integer("http.max-body-bytes"));
  listener = std::make_unique<net::listener>(loops, options,
                                             make_routes(std::move(context)));
  listener->start();
  port = listener->port();
}

void server::impl::start() {
  auto policy
    = std::make_shared<const access_policy>(access_options(values, keys));
  if (auto refusal = policy->refusal(); !refusal.empty())
    throw std::runtime_error(refusal);
  system = std::make_unique<caf::actor_system>(cfg);
  loops = actors::shard_scheduler::of(*system).loops();
  env = make_environment();
  caf::actor_config config{env->unit(0)};
  registry
    = system->spawn_class<actors::call_registry_impl, caf::no_spawn_options>(
      config, env);
  listen(policy);
  ready = true;
  if (values.text("http.public-url").empty())
    spdlog::warn("http.public-url is not set: URLs for Twilio are built from "
                 "each request's Host");
  spdlog::info("offhook listens address={} port={} shards={} signatures={}",
               values.text("http.address"), listener->port(), loops.size(),
               policy->checks_signatures() ? "checked" : "not checked");
}

void server::impl::drain() {
  if (draining.exchange(true))
    return;
  ready = false;
  // Its own steps are bounded; what is left then is for stop().
  auto run = [registry = registry,
              done = drained](caf::event_based_actor* self) {
    self->request(registry, caf::infinite, actors::drain_calls{})
      .then([done] { tell(*done); },
            [done](const caf::error&) { tell(*done); });
  };
  caf::actor_config config{env->unit(0)};
  system->spawn_functor<caf::hidden>(std::true_type{}, config, run);
}

void server::impl::stop() {
  if (std::exchange(stopped, true) || !system)
    return;
  ready = false;
  // 1. No more calls: a webhook gets the failure sentence. Each call closes
  // both its sockets and ends; HTTP goes on, for Twilio asks then what comes
  // next, and there is a sentence for that.
  if (registry) {
    caf::scoped_actor self{*system};
    self->request(registry, shutdown_patience, actors::shut_down{})
      .receive([] {},
               [](const caf::error& error) {
                 spdlog::error("calls did not end in time reason=\"{}\"",
                               caf::to_string(error));
               });
  }
  // 2. The port is free, and HTTP is over.
  if (listener) {
    std::promise<void> closed;
    listener->stop([&closed] { closed.set_value(); });
    closed.get_future().wait();
  }
  // 3. The actors that live as long as the process; sockets that never said
  // which call they are of go with the registry.
  if (registry) {
    caf::scoped_actor self{*system};
    self->send_exit(registry, caf::exit_reason::user_shutdown);
    for (const auto& x : pacers)
      self->send_exit(x, caf::exit_reason::user_shutdown);
    for (const auto& x : probes)
      self->send_exit(x, caf::exit_reason::user_shutdown);
  }
  http = nullptr;
  if (demo_agent)
    demo_agent->stop();
  registry = nullptr;
  pacers.clear();
  probes.clear();
  // 4. The listener holds the routes, which hold the environment. 5. The system
  // waits for the last actor, stops the shards and joins their threads.
  env = nullptr;
  system = nullptr;
  listener = nullptr;
  demo_agent = nullptr;
  spdlog::info("offhook is down");
}

server::server(config& cfg, secrets keys, actors::behaviour_registry behaviours)
  : impl_(std::make_unique<impl>(cfg, std::move(keys), std::move(behaviours))) {
}

server::~server() {
  stop();
}

void server::start() {
  impl_->start();
  // Spawning left a reference to the system's logger in this thread, and the
  // system's end waits for all of them: another thread may be the one to stop.
  caf::logger::set_current_actor_system(nullptr);
}

std::uint16_t server::port() const {
  return impl_->listener->port();
}

void server::drain() {
  impl_->drain();
  if (!actors::shard::current()) // As in start().
    caf::logger::set_current_actor_system(nullptr);
}

bool server::drained() const {
  return *impl_->drained;
}

void server::wait_until_drained() const {
  impl_->drained->wait(false);
}

void server::stop() {
  impl_->stop();
}

} // namespace offhook::app

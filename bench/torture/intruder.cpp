#include "bench/torture/intruder.hpp"

#include <utility>

namespace standins = offhook::app::standins;

namespace offhook::torture {

intruder::intruder(standins::stream_setup true_stream, std::uint32_t which,
                   std::function<void()> on_spoken_to)
  : stream_(std::move(true_stream)),
    speaks_(which != 3),
    on_spoken_to_(std::move(on_spoken_to)) {
  stream_.stream_sid.back() = stream_.stream_sid.back() == '0' ? '1' : '0';
  auto is_token = [](const auto& x) { return x.first == "token"; };
  if (which == 2)
    std::erase_if(stream_.parameters, is_token);
  if (which == 1)
    for (auto& x : stream_.parameters)
      if (is_token(x) && !x.second.empty())
        x.second.back() = x.second.back() == '0' ? '1' : '0';
}

standins::effects intruder::on_open(time_point) {
  if (!speaks_)
    return {};
  return {standins::send_text{standins::wire::connected()},
          standins::send_text{standins::wire::start(stream_, 1)}};
}

} // namespace offhook::torture

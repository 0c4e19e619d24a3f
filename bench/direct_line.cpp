#include "bench/direct_line.hpp"

#include "protocol/openai_commands.hpp"

namespace openai = offhook::protocol::openai;

namespace offhook::bench {

void direct_line::on_open() {
}

bool direct_line::ready() const {
  return configured_;
}

void direct_line::on_text(std::string_view text) {
  auto type = field(text, R"("type":")");
  if (type == "response.output_audio.delta")
    take(field(text, R"("delta":")"), bench_clock::now());
  else if (type == "session.created")
    send(openai::session_update("bench", {}));
  else if (type == "session.updated")
    configured_ = true;
  else if (type == "error")
    ++totals().wrong_bytes;
}

void direct_line::write(std::uint64_t, const protocol::audio_bytes& audio,
                        bench_clock::time_point) {
  send(openai::append(audio));
}

void direct_line::on_end() {
}

} // namespace offhook::bench

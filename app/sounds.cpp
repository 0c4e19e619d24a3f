#include "app/sounds.hpp"

#include <array>

#ifndef OFFHOOK_SOUNDS_DIR
#  error "app/sounds.cmake has to tell where the recordings are"
#endif

// The assembler puts a file between two symbols of ours.
#define OFFHOOK_EMBED(symbol, file)                                            \
  __asm__(".pushsection .rodata\n"                                             \
          ".global offhook_" symbol "_begin\n"                                 \
          ".global offhook_" symbol "_end\n"                                   \
          "offhook_" symbol "_begin:\n"                                        \
          ".incbin \"" OFFHOOK_SOUNDS_DIR "/" file "\"\n"                      \
          "offhook_" symbol "_end:\n"                                          \
          ".byte 0\n"                                                          \
          ".popsection\n")

// All recordings: the name in C++, and that of the files.
#define OFFHOOK_SOUNDS(apply)                                                  \
  apply(agent_again, "agent-again") apply(agent_booking, "agent-booking")      \
    apply(agent_goodbye, "agent-goodbye")                                      \
      apply(agent_greeting, "agent-greeting")                                  \
        apply(agent_hours, "agent-hours") apply(agent_sunday, "agent-sunday")  \
          apply(caller_booking, "caller-booking")                              \
            apply(caller_goodbye, "caller-goodbye")                            \
              apply(caller_hours, "caller-hours")                              \
                apply(caller_interrupt, "caller-interrupt")                    \
                  apply(outage_goodbye, "outage-goodbye")                      \
                    apply(outage_transfer, "outage-transfer")                  \
                      apply(outage_wait, "outage-wait")

#define OFFHOOK_DEFINE(id, name)                                               \
  OFFHOOK_EMBED(#id "_audio", name ".ulaw");                                   \
  OFFHOOK_EMBED(#id "_text", name ".txt");                                     \
  extern "C" const char offhook_##id##_audio_begin[];                          \
  extern "C" const char offhook_##id##_audio_end[];                            \
  extern "C" const char offhook_##id##_text_begin[];                           \
  extern "C" const char offhook_##id##_text_end[];

OFFHOOK_SOUNDS(OFFHOOK_DEFINE)

namespace offhook::app {

namespace {

struct entry {
  std::string_view name;
  const char* audio_begin;
  const char* audio_end;
  const char* text_begin;
  const char* text_end;
};

#define OFFHOOK_ENTRY(id, name)                                                \
  entry{name, offhook_##id##_audio_begin, offhook_##id##_audio_end,            \
        offhook_##id##_text_begin, offhook_##id##_text_end},

constexpr auto entries = std::array{OFFHOOK_SOUNDS(OFFHOOK_ENTRY)};

const entry* find(std::string_view name) noexcept {
  for (const auto& x : entries)
    if (x.name == name)
      return &x;
  return nullptr;
}

} // namespace

std::vector<std::string_view> sound_names() {
  std::vector<std::string_view> result;
  for (const auto& x : entries)
    result.push_back(x.name);
  return result;
}

std::span<const std::byte> sound(std::string_view name) noexcept {
  const auto* x = find(name);
  if (!x)
    return {};
  return std::as_bytes(std::span{x->audio_begin, x->audio_end});
}

std::string_view sound_text(std::string_view name) noexcept {
  const auto* x = find(name);
  if (!x)
    return {};
  std::string_view text{x->text_begin,
                        static_cast<std::size_t>(x->text_end - x->text_begin)};
  while (text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

} // namespace offhook::app

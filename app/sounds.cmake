# Where sounds.cpp finds the recordings that it makes part of the binary, and
# that it is compiled anew when one of them changes. Included by
# app/CMakeLists.txt, in whose directory the properties hold.
file(GLOB offhook_sounds CONFIGURE_DEPENDS
     "${CMAKE_CURRENT_LIST_DIR}/sounds/*.ulaw"
     "${CMAKE_CURRENT_LIST_DIR}/sounds/*.txt")
set_property(SOURCE "${CMAKE_CURRENT_LIST_DIR}/sounds.cpp" APPEND PROPERTY
             COMPILE_DEFINITIONS
             OFFHOOK_SOUNDS_DIR="${CMAKE_CURRENT_LIST_DIR}/sounds")
set_property(SOURCE "${CMAKE_CURRENT_LIST_DIR}/sounds.cpp" APPEND PROPERTY
             OBJECT_DEPENDS "${offhook_sounds}")

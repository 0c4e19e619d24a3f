# Where scenario_library.cpp finds the scenarios that it makes part of the
# binary, and that it is compiled anew when one of them changes. Included by
# app/CMakeLists.txt, in whose directory the properties hold.
file(GLOB offhook_scenarios CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/tests/scenarios/*.json")
set(list)
foreach(file IN LISTS offhook_scenarios)
  cmake_path(GET file STEM name)
  string(MAKE_C_IDENTIFIER "${name}" id)
  string(APPEND list "OFFHOOK_SCENARIO(${id}, \"${name}\", \"${file}\")\n")
endforeach()
file(CONFIGURE OUTPUT "${CMAKE_CURRENT_BINARY_DIR}/scenario_files.inc"
     CONTENT "${list}")
set(library "${CMAKE_CURRENT_LIST_DIR}/scenario_library.cpp")
set_property(SOURCE "${library}" APPEND PROPERTY
             INCLUDE_DIRECTORIES "${PROJECT_BINARY_DIR}")
set_property(SOURCE "${library}" APPEND PROPERTY
             OBJECT_DEPENDS "${offhook_scenarios}")

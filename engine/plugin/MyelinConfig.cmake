# find_package(Myelin): what a plugin needs. Link to Myelin::plugin and include <myelin/plugin.hpp>.
if(NOT TARGET Myelin::plugin)
    add_library(Myelin::plugin INTERFACE IMPORTED)
    get_filename_component(_myelin_root "${CMAKE_CURRENT_LIST_DIR}/../../.." ABSOLUTE)
    set_target_properties(Myelin::plugin PROPERTIES INTERFACE_INCLUDE_DIRECTORIES "${_myelin_root}/include"
                                                    INTERFACE_COMPILE_FEATURES cxx_std_20)
    # Two versions of one plugin may be loaded at a time; unique symbols would tie the second to the first.
    target_compile_options(Myelin::plugin INTERFACE -fvisibility=hidden $<$<CXX_COMPILER_ID:GNU>:-fno-gnu-unique>)
    unset(_myelin_root)
endif()

# What `cmake --install` puts where: the program, and Pare as a library for find_package(pare) (docs/library.md).
# Headers keep their folders below include/pare; what only our own kernels need stays here.
include(CMakePackageConfigHelpers)

add_library(pare_library INTERFACE)
target_link_libraries(pare_library INTERFACE pare_train pare_deploy)
set_target_properties(pare_library PROPERTIES EXPORT_NAME pare)

install(TARGETS pare)
install(TARGETS pare_library pare_framework pare_layers pare_optim pare_compress pare_train pare_deploy EXPORT pare-targets)
foreach(folder framework layers optim compress train deploy)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pare FILES_MATCHING PATTERN "*.h"
          PATTERN "onednn" EXCLUDE)
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pare)
install(EXPORT pare-targets NAMESPACE pare:: DESTINATION ${package})
configure_package_config_file(cmake/pare-config.cmake.in "${PROJECT_BINARY_DIR}/pare-config.cmake"
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pare-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pare-config.cmake" "${PROJECT_BINARY_DIR}/pare-config-version.cmake"
        DESTINATION ${package})

# What `cmake --install` puts where: the program (component pare), and Pare as a library for find_package(pare)
# (component libpare-dev; docs/library.md). Headers keep their folders below include/pare; what only our own kernels need stays here.
include(CMakePackageConfigHelpers)

add_library(pare_library INTERFACE)
target_link_libraries(pare_library INTERFACE pare_train pare_deploy)
set_target_properties(pare_library PROPERTIES EXPORT_NAME pare)

install(TARGETS pare COMPONENT pare)
install(DIRECTORY configs DESTINATION ${CMAKE_INSTALL_DATADIR}/pare COMPONENT pare)
set(generated "${PROJECT_BINARY_DIR}/generated")
foreach(file "man/man1/pare.1" "bash-completion/completions/pare" "zsh/vendor-completions/_pare")
  get_filename_component(folder ${file} DIRECTORY)
  install(FILES "${generated}/${file}" DESTINATION ${CMAKE_INSTALL_DATADIR}/${folder} COMPONENT pare)
endforeach()
# The program writes them itself. They stand beside it, so that installing needs no other step.
add_custom_command(
  TARGET pare POST_BUILD
  COMMAND "${CMAKE_COMMAND}" -E make_directory "${generated}/man/man1" "${generated}/bash-completion/completions"
          "${generated}/zsh/vendor-completions"
  COMMAND pare manual > "${generated}/man/man1/pare.1"
  COMMAND pare completion bash > "${generated}/bash-completion/completions/pare"
  COMMAND pare completion zsh > "${generated}/zsh/vendor-completions/_pare"
  VERBATIM)

install(TARGETS pare_library pare_framework pare_layers pare_optim pare_compress pare_train pare_deploy EXPORT pare-targets
        COMPONENT libpare-dev)
foreach(folder framework layers optim compress train deploy)
  install(DIRECTORY ${folder} DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/pare COMPONENT libpare-dev FILES_MATCHING PATTERN "*.h"
          PATTERN "onednn" EXCLUDE)
endforeach()

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/pare)
install(EXPORT pare-targets NAMESPACE pare:: DESTINATION ${package} COMPONENT libpare-dev)
configure_package_config_file(cmake/pare-config.cmake.in "${PROJECT_BINARY_DIR}/pare-config.cmake"
                              INSTALL_DESTINATION ${package})
write_basic_package_version_file("${PROJECT_BINARY_DIR}/pare-config-version.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/pare-config.cmake" "${PROJECT_BINARY_DIR}/pare-config-version.cmake"
        DESTINATION ${package} COMPONENT libpare-dev)

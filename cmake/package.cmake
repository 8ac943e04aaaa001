# `./pare package` and `ninja dist`: Debian packages of the suite they are made in, and a source package.
if(NOT PROJECT_IS_TOP_LEVEL)
  return()
endif()

# --- Debian packages: cpack -G DEB ------------------------------------------------------------------------------------------
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME pare)
set(CPACK_PACKAGE_CONTACT "The Pare authors <pare@users.noreply.example>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_COMPONENTS_ALL pare libpare-dev)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)

set(CPACK_DEBIAN_PARE_PACKAGE_NAME pare)
set(CPACK_DEBIAN_PARE_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PARE_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PARE_PACKAGE_RECOMMENDS dataset-fashion-mnist)
set(CPACK_DEBIAN_PARE_DESCRIPTION "train neural networks that compress themselves
Pare trains small neural networks from JSON configs on the CPU. Bit depths and
channels are learnt with the weights, so that one run minimises loss and size,
gets cheaper while it goes on, and leaves a file of some kilobytes.")
set(CPACK_DEBIAN_LIBPARE-DEV_PACKAGE_NAME libpare-dev)
set(CPACK_DEBIAN_LIBPARE-DEV_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_LIBPARE-DEV_PACKAGE_DEPENDS "libdnnl-dev, libcsv-dev, libzip-dev, zlib1g-dev, libpng-dev, libjpeg-dev, libsndfile1-dev, libkissfft-dev")
set(CPACK_DEBIAN_LIBPARE-DEV_DESCRIPTION "train neural networks that compress themselves (library)
The C++20 headers and static libraries of Pare, for find_package(pare):
tensors, layers, optimisers, self-compression, training and export.")

# What Debian's policy asks of every package: licence, changes of the program and of the package, each compressed.
file(STRINGS CHANGELOG.md headings REGEX "^## ")
list(GET headings 0 heading)
if(NOT heading MATCHES "^## ${PROJECT_VERSION} \\((.*)\\)$")
  message(FATAL_ERROR "CHANGELOG.md: expected the first heading '## ${PROJECT_VERSION} (YEAR-MONTH-DAY)', got '${heading}'")
endif()
execute_process(COMMAND date --utc --rfc-email "--date=${CMAKE_MATCH_1}" OUTPUT_VARIABLE release_date
                OUTPUT_STRIP_TRAILING_WHITESPACE COMMAND_ERROR_IS_FATAL ANY)
file(WRITE "${PROJECT_BINARY_DIR}/package/changelog.Debian" "pare (${PROJECT_VERSION}-1) unstable; urgency=low

  * See changelog.gz.

 -- ${CPACK_PACKAGE_CONTACT}  ${release_date}
")
file(READ LICENSE licence)
string(REGEX REPLACE "\n\n" "\n.\n" licence "${licence}")
string(REGEX REPLACE "\n(.)" "\n \\1" licence "${licence}")
file(WRITE "${PROJECT_BINARY_DIR}/package/copyright"
     "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/
Upstream-Name: pare

Files: *
Copyright: 2026 The Pare authors
License: Expat
 ${licence}")
foreach(component pare libpare-dev)
  set(doc share/doc/${component})
  install(FILES "${PROJECT_BINARY_DIR}/package/copyright" DESTINATION ${doc} COMPONENT ${component} EXCLUDE_FROM_ALL)
  install(CODE "
    set(doc \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/${doc}\")
    execute_process(COMMAND gzip -9nc INPUT_FILE \"${PROJECT_BINARY_DIR}/package/changelog.Debian\"
                    OUTPUT_FILE \"\${doc}/changelog.Debian.gz\" COMMAND_ERROR_IS_FATAL ANY)
    execute_process(COMMAND gzip -9nc INPUT_FILE \"${PROJECT_SOURCE_DIR}/CHANGELOG.md\"
                    OUTPUT_FILE \"\${doc}/changelog.gz\" COMMAND_ERROR_IS_FATAL ANY)
  " COMPONENT ${component} EXCLUDE_FROM_ALL)
endforeach()
install(CODE "execute_process(COMMAND gzip -9n \"\$ENV{DESTDIR}\${CMAKE_INSTALL_PREFIX}/share/man/man1/pare.1\"
                              COMMAND_ERROR_IS_FATAL ANY)" COMPONENT pare EXCLUDE_FROM_ALL)
include(CPack)

# --- the source package: builds without git ---------------------------------------------------------------------------------
set(dist pare-${PROJECT_VERSION})
add_custom_target(
  dist
  COMMAND git -C "${PROJECT_SOURCE_DIR}" rev-parse --short=12 HEAD > "${PROJECT_BINARY_DIR}/COMMIT"
  COMMAND git -C "${PROJECT_SOURCE_DIR}" archive "--prefix=${dist}/" "--add-file=${PROJECT_BINARY_DIR}/COMMIT"
          "--output=${PROJECT_BINARY_DIR}/${dist}.tar.gz" HEAD
  COMMENT "Writing ${dist}.tar.gz"
  VERBATIM)

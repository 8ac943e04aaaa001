# pare_commit(TARGET): compiles `const char* pare::program_commit()` (cli/version.h) into TARGET.
#
# It is the commit that git knows; in a source package the one it was made of, which the
# file COMMIT says; otherwise "unknown". It is looked at again when git's record of HEAD has changed.
function(pare_commit target)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/commit.cpp")
  execute_process(COMMAND git -C "${PROJECT_SOURCE_DIR}" rev-parse --path-format=absolute --git-path logs/HEAD
                  OUTPUT_VARIABLE record OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(NOT EXISTS "${record}")
    set(record)
  endif()
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" -D "SOURCE=${source}" -D "FOLDER=${PROJECT_SOURCE_DIR}" -P "${CMAKE_CURRENT_FUNCTION_LIST_FILE}"
    DEPENDS ${record} "${CMAKE_CURRENT_FUNCTION_LIST_FILE}"
    COMMENT "Asking git for the commit"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()

# Run by the custom command above: writes the source file.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(commit unknown)
  if(EXISTS "${FOLDER}/COMMIT")
    file(READ "${FOLDER}/COMMIT" commit)
    string(STRIP "${commit}" commit)
  elseif(EXISTS "${FOLDER}/.git")
    execute_process(COMMAND git -C "${FOLDER}" rev-parse --short=12 HEAD OUTPUT_VARIABLE head
                    OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET RESULT_VARIABLE failed)
    if(NOT failed)
      set(commit "${head}")
    endif()
  endif()
  file(WRITE "${SOURCE}" "#include \"cli/version.h\"\n\nnamespace pare {\n\nconst char* program_commit() { return \"${commit}\"; }\n\n}  // namespace pare\n")
endif()

# pare_embed(TARGET FUNCTION FILE...): compiles text files into TARGET.
#
# The code calls `const std::vector<pare::EmbeddedFile>& pare::FUNCTION()`, which it declares itself
# (framework/files/embedded_file.h says what is in there). A changed file is embedded anew by the next build.
function(pare_embed target function)
  set(source "${CMAKE_CURRENT_BINARY_DIR}/embedded/${function}.cpp")
  add_custom_command(
    OUTPUT "${source}"
    COMMAND "${CMAKE_COMMAND}" -D "SOURCE=${source}" -D "FUNCTION=${function}" -D "FILES=${ARGN}" -P
            "${CMAKE_CURRENT_FUNCTION_LIST_FILE}"
    DEPENDS ${ARGN} "${CMAKE_CURRENT_FUNCTION_LIST_FILE}"
    COMMENT "Embedding ${function}"
    VERBATIM)
  target_sources(${target} PRIVATE "${source}")
endfunction()

# Run by the custom command above: writes the source file.
if(CMAKE_SCRIPT_MODE_FILE STREQUAL CMAKE_CURRENT_LIST_FILE)
  set(code "#include \"framework/files/embedded_file.h\"\n\nnamespace pare {\n\n")
  string(APPEND code "const std::vector<EmbeddedFile>& ${FUNCTION}();\n")
  string(APPEND code "const std::vector<EmbeddedFile>& ${FUNCTION}() {\n  static const std::vector<EmbeddedFile> files{\n")
  foreach(path IN LISTS FILES)
    get_filename_component(name "${path}" NAME)
    file(READ "${path}" text)
    if(text MATCHES "\\)embedded\"")
      message(FATAL_ERROR "${path}: contains the text that ends an embedded file")
    endif()
    string(APPEND code "      {\"${name}\", R\"embedded(${text})embedded\"},\n")
  endforeach()
  string(APPEND code "  };\n  return files;\n}\n\n}  // namespace pare\n")
  file(WRITE "${SOURCE}" "${code}")
endif()

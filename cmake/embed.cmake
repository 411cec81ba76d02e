# embed(TARGET FILE NAME)
#
# Embeds FILE in the program as `const char NAME[]`, with a terminating NUL.
function(embed target file name)
	set(made ${CMAKE_CURRENT_BINARY_DIR}/embedded/${name}.c)
	file(READ ${CMAKE_CURRENT_SOURCE_DIR}/${file} hex HEX)
	string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
	file(CONFIGURE OUTPUT ${made} CONTENT "extern const char ${name}[];\nconst char ${name}[] = {@bytes@0};\n" @ONLY)
	set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file})
	target_sources(${target} PRIVATE ${made})
endfunction()

# embed_all(TARGET FILE...): "cluster-10-prepare.sh" is cluster_10_prepare_sh in the program.
function(embed_all target)
	foreach(file ${ARGN})
		get_filename_component(name ${file} NAME)
		string(REGEX REPLACE "[-.]" "_" name ${name})
		embed(${target} ${file} ${name})
	endforeach()
endfunction()

# module(FOLDER [LINKS ...] [EXCEPT file ...])
#
# Defines the static library of the .c files in FOLDER. Its include path holds symbolic links to the headers of the
# folders that it links, and no others. Names in capitals are packages found by pkg-config.
function(module folder)
	cmake_parse_arguments(MODULE "" "" "LINKS;EXCEPT" ${ARGN})
	string(REPLACE "/" "_" target ${folder})
	file(GLOB sources CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.c)
	foreach(file ${MODULE_EXCEPT})
		list(REMOVE_ITEM sources ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/${file})
	endforeach()
	add_library(${target} STATIC ${sources})

	set(path ${CMAKE_CURRENT_BINARY_DIR}/include/${target})
	file(REMOVE_RECURSE ${path})
	foreach(dependency ${folder} ${MODULE_LINKS})
		if(dependency MATCHES "^[a-z]")
			link_headers(${path} ${dependency})
		endif()
	endforeach()
	target_include_directories(${target} PRIVATE ${path})

	foreach(dependency ${MODULE_LINKS})
		string(REPLACE "/" "_" name ${dependency})
		if(dependency STREQUAL "Threads")
			target_link_libraries(${target} PUBLIC Threads::Threads)
		elseif(dependency MATCHES "^[A-Z]")
			target_link_libraries(${target} PUBLIC PkgConfig::${dependency})
		else()
			target_link_libraries(${target} PUBLIC ${name})
		endif()
	endforeach()
endfunction()

# Links the headers of one folder, generated ones included, without those of its subfolders.
function(link_headers path folder)
	file(GLOB headers CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}/*.h
		${CMAKE_CURRENT_BINARY_DIR}/generated/${folder}/*.h)
	file(MAKE_DIRECTORY ${path}/${folder})
	foreach(header ${headers})
		get_filename_component(name ${header} NAME)
		file(CREATE_LINK ${header} ${path}/${folder}/${name} SYMBOLIC)
	endforeach()
endfunction()

# The files that `cmake --install` installs, and the Debian package that CPack builds from them.
include(GNUInstallDirs)
find_program(GZIP NAMES gzip REQUIRED)
set(SYSTEMD_UNIT_DIR lib/systemd/system CACHE STRING "Where unit files go, below the prefix")

install(TARGETS neptune-scan RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES config/neptune-scan.ini DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(FILES README.md CHANGELOG.md DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(DIRECTORY docs/ DESTINATION ${CMAKE_INSTALL_DOCDIR} FILES_MATCHING PATTERN "*.md" PATTERN pictures EXCLUDE)
install(DIRECTORY deploy/cloudformation deploy/terraform deploy/kubernetes deploy/slurm deploy/batch deploy/ecs DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples
	PATTERN "*.py" EXCLUDE PATTERN "*.in" EXCLUDE PATTERN "__pycache__" EXCLUDE)
install(FILES deploy/systemd/neptune-scan.service deploy/systemd/neptune-scan.timer DESTINATION ${SYSTEMD_UNIT_DIR})
install(FILES completion/neptune-scan.bash DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions
	RENAME neptune-scan)

# Debian's policy: gzip -9, and no timestamp, so that builds are reproducible.
function(install_compressed file name destination)
	set(made ${CMAKE_CURRENT_BINARY_DIR}/compressed/${name}.gz)
	add_custom_command(OUTPUT ${made} DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/${file} VERBATIM
		COMMAND ${CMAKE_COMMAND} -E make_directory ${CMAKE_CURRENT_BINARY_DIR}/compressed
		COMMAND sh -c "exec \"$1\" -9nc \"$2\" >\"$3\"" sh ${GZIP} ${CMAKE_CURRENT_SOURCE_DIR}/${file} ${made})
	set_property(GLOBAL APPEND PROPERTY COMPRESSED ${made})
	install(FILES ${made} DESTINATION ${destination})
endfunction()

install_compressed(docs/neptune-scan.1 neptune-scan.1 ${CMAKE_INSTALL_MANDIR}/man1)
install_compressed(docs/neptune-scan.ini.5 neptune-scan.ini.5 ${CMAKE_INSTALL_MANDIR}/man5)
install_compressed(deploy/debian/changelog changelog ${CMAKE_INSTALL_DOCDIR})
get_property(compressed GLOBAL PROPERTY COMPRESSED)
add_custom_target(compressed ALL DEPENDS ${compressed})

install(FILES deploy/debian/copyright DESTINATION ${CMAKE_INSTALL_DOCDIR})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_CONTACT "neptune-scan <neptune-scan@example.com>")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_CURRENT_SOURCE_DIR}/cmake/strip_package.cmake)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE
	WORLD_READ WORLD_EXECUTE)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION admin)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_RECOMMENDS ca-certificates)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.88), libsqlite3-0 (>= 3.37)")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "check that Neptune databases of an AWS organization are encrypted")
set(CPACK_PACKAGE_DESCRIPTION "neptune-scan lists the accounts of an AWS organization, assumes a role in each,
lists Amazon Neptune clusters, snapshots and backups of every region, and
reports whether each is encrypted at rest, and what could not be assessed.
Its requests are read-only, unless reports or runs are kept in S3. Results are
kept in an SQLite file and written as tables, HTML, JSON, CSV, SARIF, JUnit,
OCSF and other formats.")
include(CPack)

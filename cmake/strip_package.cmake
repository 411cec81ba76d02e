# Strips as Debian's own packages are; CPack alone would leave the compiler's notes.
execute_process(COMMAND strip --strip-all --remove-section=.comment --remove-section=.note
	${CPACK_TEMPORARY_INSTALL_DIRECTORY}/usr/bin/neptune-scan COMMAND_ERROR_IS_FATAL ANY)

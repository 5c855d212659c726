# SPDX-License-Identifier: MIT
# Shared by what makes packages and what tries them: which kinds there are to be
# on this machine.

kinds="deb rpm"

# lacking KIND: the program for want of which no packages of that kind are made
# here; nothing where they are.
lacking() {
	case $1 in
	deb) set -- dpkg-buildpackage dh lintian ;;
	rpm) set -- rpmbuild rpmlint ;;
	esac
	for program; do
		command -v "$program" >/dev/null || {
			echo "$program"
			return
		}
	done
}

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# front/packages looks for files, and not for names of packages.  It names packages for three
# distributions.  On Debian it installs them, also while another program is installing.
. "$(dirname "$0")/lib/tap.sh"

front/packages check || exit 1

# A machine whose programs are links, so that one can be missing. apt and dpkg are scripts.
bin=$work/bin
mkdir "$bin"
IFS=: read -ra dirs <<< "$PATH"
for ((i = ${#dirs[@]} - 1; i >= 0; i--)); do
	[ ! -d "${dirs[i]}" ] || find "${dirs[i]}/" -maxdepth 1 ! -type d -exec ln -sft "$bin" {} +
done
rm -f "$bin"/{apt-get,dpkg,dpkg-query,sudo,sleep}
program()	# NAME < SCRIPT
{
	{ echo '#!/bin/sh'; cat; } > "$bin/$1"
	chmod +x "$bin/$1"
}
# The front end adds /usr/sbin to PATH.  A program that is meant to be missing must not be there.
without()
{
	mv "$bin/$1" "$work/$1"
}
back()
{
	rm -f "$bin/$1"
	mv "$work/$1" "$bin/$1"
}
packages()
{
	PATH=$bin front/packages "$@"
}

is "a system without dpkg where all is there" "$(packages check 2>&1; echo $?)" 0
echo 'exit 1' | program dpkg-query
echo 'exit 1' | program dpkg
echo "echo \"\$*\" >> $work/apt.log; echo E: held; exit 100" | program apt-get
is "one whose packages are held or of other names" "$(packages check 2>&1; echo $?)" 0
ok "takes less than a second of processor time" awk '{ exit $1 + $2 >= 1 }' \
	<<< "$({ TIMEFORMAT='%U %S'; time packages check; } 2>&1)"

rm "$bin"/{apt-get,dpkg,dpkg-query}
without bison
others="(Fedora) dnf install bison, (Arch) pacman -S bison"
refused "what is missing is named for each distribution" 1 \
	"^packages: error: missing: bison; as root: (Debian) apt-get install bison, $others$" \
	packages
without pahole
refused "with the names of that distribution" 1 \
	"missing: bison, pahole; .* install bison dwarves, .* install bison dwarves, .* -S bison pahole$" \
	packages
back pahole
# bash has a keyword of this name.
without time
for shell in sh bash; do
	refused "a program that the shell also has ($shell)" 1 "missing: bison, time; " \
		env PATH="$bin" "$shell" front/packages
done
back time

# Compilers that find no headers, or no libraries
mkdir "$work/tools"
compiler()
{
	printf '#!/bin/sh\n%s\nexec %s "$@"\n' "$1" "$(command -v "$CC")" > "$work/tools/clang"
	chmod +x "$work/tools/clang"
}
compiler 'set -- "$@" -nostdinc'
refused "headers" 1 \
	"missing: bison, stdio.h, openssl/opensslv.h, gelf.h, .*; .* elfutils-libelf-devel .* -S" \
	env LLVM="$work/tools/" PATH="$bin" front/packages
compiler 'echo no libLLVM; exit 127'
refused "a compiler that does not start: another one is asked" 1 "missing: bison; " \
	env LLVM="$work/tools/" PATH="$bin" front/packages
compiler 'case $* in *search-dirs*) echo "libraries: =/nonexistent"; exit ;; esac'
found="crt1.o, libgcc.a, libcrypto.so, libelf.so, libdw.so, libcapstone.so"
install="libc6-dev gcc libssl-dev libelf-dev libdw-dev libcapstone-dev"
refused "libraries" 1 "missing: bison, $found; .*(Debian) apt-get install bison $install," \
	env LLVM="$work/tools/" PATH="$bin" front/packages
refused "a clang without version" 1 "clang-1, .*; where there is no clang-1, take LLVM=1$" \
	env LLVM=-1 PATH="$bin" front/packages

# Debian, where we are root.  The package lists are old, and another program has locked them for a
# while.
echo 'exit 0' | program dpkg
printf '%s\n' 'shift' 'exec "$@"' | program sudo
echo 'exit 0' | program sleep
program apt-get <<EOF
echo "\$*" >> "$work/apt.log"
case \$* in
*update)
	[ -e "$work/free" ] || { : > "$work/free"; echo "E: Could not get lock /lists" >&2; exit 100; }
	: > "$work/updated" ;;
*)	[ -e "$work/updated" ] || { echo "E: Unable to fetch" >&2; exit 100; }
	ln -s /bin/true "$bin/bison" ;;
esac
EOF
rm -f "$work/apt.log"
is "what is missing is installed" "$(packages 2>&1)" "installing: bison"
wait_for="-o DPkg::Lock::Timeout=600"
install="$wait_for install -y --no-install-recommends bison"
is "apt waits for its locks" "$(cat "$work/apt.log")" "$install
$wait_for update
$wait_for update
$install"
is "then nothing is missing" "$(packages 2>&1)" ""
rm "$bin/bison"
echo 'echo "E: held broken packages"; exit 100' | program apt-get
refused "what cannot be installed" 1 "^packages: error: this failed: apt-get install bison$" \
	packages
refused "the reason is printed" 1 "^E: held broken packages$" packages
echo 'exit 0' | program apt-get
refused "what is not in its package" 1 \
	"^packages: error: missing: bison; all of bison is installed$" packages
rm -f "$bin/bison"
back bison

# Packages that single tests need
echo 'exit 100' | program apt-get
without jq 2>/dev/null
refused "a package that one test needs" 1 "^installing: jq$" packages check jq
refused "a name that the table has not" 1 "nonesuch: no package of the table" \
	packages check nonesuch
rm -f "$bin/rpmbuild" "$bin/fakeroot"
refused "packages that make rpm needs" 1 "^installing: rpm\( bzip2\)\?$" packages rpm
refused "packages that make deb needs" 1 "^installing: fakeroot$" packages deb
is "make kernel and make tar need neither" "$(packages; packages tar)" ""
known=$(sed -n '/^table/,/^}/p' front/packages | awk -F'\t+' '{ print $3 }')
used=$({
	sed -n 's/^[ \t]*packages[ \t]*//p' tests/full/sets
	git grep -ho 'front/packages \(check \)\?[a-z][a-z0-9 -]*' tests ':!tests/26-packages.t' |
		sed 's,front/packages \(check\)\?,,'
} | tr ' ' '\n' | sort -u | grep .)
is "all that tests ask for is in the table" "$(grep -vxF "$known" <<< "$used")" ""

done_testing

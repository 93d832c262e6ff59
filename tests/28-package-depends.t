#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The package of headers depends on the packages of the tools.  Without LTO, mkdebian and mkspec
# write what they write in a kernel without this series.
. "$(dirname "$0")/lib/tap.sh"

# Packages of three kinds: plain, with a link into another package, and as another architecture's.
# /opt has tools of no package.
usr=$work/usr
mkdir -p "$usr"/bin "$usr"/lib/llvm/bin "$work/opt"
ln -s usr/bin "$work/bin"
for t in clang ld.lld llvm-ar llvm-nm llvm-objcopy llvm-objdump llvm-readelf llvm-strip; do
	printf '#!/bin/sh\n' | tee "$usr/lib/llvm/bin/$t" > "$work/opt/$t"
	chmod +x "$usr/lib/llvm/bin/$t" "$work/opt/$t"
	ln -s ../lib/llvm/bin/$t "$usr/bin/$t-99"
	ln -s $t-99 "$usr/bin/$t"
done
cat > "$work/owners" <<EOT
$usr/bin/clang clang
$usr/bin/clang-99 clang-99
$usr/lib/llvm/bin/clang clang-99
$usr/bin/ld.lld lld
$usr/bin/ld.lld-99 lld-99:amd64
$usr/lib/llvm/bin/ld.lld lld-99:amd64
$(for t in ar nm objcopy objdump readelf strip; do
	echo "$usr/bin/llvm-$t llvm"
	echo "$usr/bin/llvm-$t-99 llvm-99"
	echo "$usr/lib/llvm/bin/llvm-$t llvm-99"
done)
EOT
mkdir "$work/asked"
cat > "$work/asked/dpkg-query" <<EOT
#!/bin/sh
[ "\$1" = -S ] || exit 2
echo "diversion by other from: \$2"
awk -v f="\$2" '\$1 == f { print \$2 ": " f; found = 1 } END { exit !found }' "$work/owners"
EOT
cat > "$work/asked/rpm" <<EOT
#!/bin/sh
[ "\$1 \$2 \$3" = '-qf --qf %{NAME}\n' ] || exit 2
awk -v f="\$4" '\$1 == f { sub(/:.*/, "", \$2); print \$2; found = 1 }
	END { if (!found) print "file " f " is not owned by any package"; exit !found }' "$work/owners"
EOT
chmod +x "$work"/asked/*
# depends KIND PREFIX SUFFIX [NAME=TOOL...]: what scripts/lto/package-depends.sh prints and says
depends()
{
	env PATH="$work/asked:$work/bin:$PATH" CC="$2clang$3" LD="$2ld.lld$3" AR="$2llvm-ar$3" \
		NM="$2llvm-nm$3" OBJCOPY="$2llvm-objcopy$3" OBJDUMP="$2llvm-objdump$3" \
		READELF="$2llvm-readelf$3" STRIP="$2llvm-strip$3" "${@:4}" \
		scripts/lto/package-depends.sh "$1" 2>&1
}
all="clang, clang-99, lld, lld-99, llvm, llvm-99"
is "names with a version" "$(depends deb '' -99)" "Depends: clang-99, lld-99, llvm-99"
is "for rpm" "$(depends rpm '' -99)" "Requires: clang-99, lld-99, llvm-99"
is "names that lead into other packages" "$(depends deb '' '')" "Depends: $all"
is "for rpm" "$(depends rpm '' '')" "Requires: $all"
is "full names" "$(depends deb "$usr/lib/llvm/bin/" '')" "Depends: clang-99, lld-99, llvm-99"
is "a launcher and options" \
	"$(depends deb '' -99 CC="env ccache clang-99 -O2" LD="ld.lld-99 -O1")" \
	"Depends: clang-99, lld-99, llvm-99"
says="scripts/lto/package-depends.sh: warning: lto: these tools belong to no package,"
says="$says and the package of headers does not depend on them:"
is "some of no package" "$(depends deb '' -99 CC="$work/opt/clang" NM="$work/opt/llvm-nm")" \
	"$says CC=$work/opt/clang NM=$work/opt/llvm-nm
Depends: lld-99, llvm-99"
for kind in deb rpm; do
	is "all of no package ($kind)" "$(depends $kind "$work/opt/" '' |
		sed "s,=$work/opt/[a-z.-]*,,g")" "$says CC LD AR NM OBJCOPY OBJDUMP READELF STRIP"
done
rm "$work/asked/rpm"
is "rpm without packages, or no rpm" "$(depends rpm '' -99 | sed 's/:[^:]*$//')" "${says%:}"
refused "no kind" 2 "usage: " scripts/lto/package-depends.sh

src=$(KSRC='' front/fetch | tail -n 1)
tree=$work/tree
mkdir -p "$tree/include/config"
# in_tree CONFIG SCRIPT ARGS...: run the script in an object tree of this configuration
in_tree()
{
	(cd "$tree" && printf 'CONFIG_MODULES=y\n%s\n' "$1" > .config &&
		cp .config include/config/auto.conf &&
		env -u LLVM PATH="$work/asked:$work/bin:$PATH" srctree="$src" \
			KERNELRELEASE=5.10.9 ARCH=x86_64 UTS_MACHINE=x86_64 \
			KDEB_SOURCENAME=linux KDEB_CHANGELOG_DIST=x MAKE=make \
			CONFIG_SHELL=sh CC=clang-99 LD=ld.lld-99 AR=llvm-ar-99 NM=llvm-nm-99 \
			OBJCOPY=llvm-objcopy-99 OBJDUMP=llvm-objdump-99 READELF=llvm-readelf-99 \
			STRIP=llvm-strip-99 sh "${@:2}")
}
# control CONFIG MKDEBIAN: print debian/control
control()
{
	in_tree "$@" && cat "$tree/debian/control"
}
# field NAME STANZA: of a stanza that begins with this line
field()
{
	sed -n "/^$2$/,/^$/s/^$1: *//p"
}
mkdebian=$src/scripts/package/mkdebian mkspec=$src/scripts/package/mkspec
sed '/^if is_enabled CONFIG_LTO_CLANG; then$/,/^fi$/d' "$mkdebian" > "$work/mkdebian"
sed '/^# With LTO/,/^$/d;/\$L/d' "$mkspec" > "$work/mkspec"
is "the scripts without our lines" "$(cat "$work/mkdebian" "$work/mkspec" |
	grep -c 'LTO_CLANG\|package-depends\|REQUIRES')" 0
control CONFIG_LTO_CLANG=y "$mkdebian" > "$work/control"
is "mkdebian: the package of headers" \
	"$(field Depends 'Package: linux-headers-5.10.9' < "$work/control")" "clang-99, lld-99, llvm-99"
is "mkdebian: no other package" "$(grep -c '^Depends' "$work/control")" 1
control CONFIG_LTO_NONE=y "$mkdebian" > "$work/none"
control CONFIG_LTO_NONE=y "$work/mkdebian" > "$work/before"
same "mkdebian: without LTO, as before" "$work/none" "$work/before"
printf '#!/bin/sh\necho clang-99\n' > "$work/asked/rpm"
chmod +x "$work/asked/rpm"
is "mkspec: the package to build modules with" "$(in_tree CONFIG_LTO_CLANG=y "$mkspec" |
	field Requires '%package devel')" "clang-99"
for kind in "" prebuilt; do
	in_tree CONFIG_LTO_NONE=y "$mkspec" $kind > "$work/none"
	in_tree CONFIG_LTO_NONE=y "$work/mkspec" $kind > "$work/before"
	same "mkspec $kind: without LTO, as before" "$work/none" "$work/before"
done
in_tree CONFIG_LTO_CLANG=y "$mkspec" prebuilt > "$work/lto"
same "mkspec prebuilt: it makes no such package" "$work/lto" "$work/before"

done_testing

#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# All files and make targets that README.md and CONTRIBUTING.md name must exist, and all goals and
# variables of make in examples/ci.  clang-lto.rst must have all messages of the sources, and no
# others.
. "$(dirname "$0")/lib/tap.sh"

# paths FILE: print the paths that it has in code and in links
paths()
{
	grep -oE '`[a-zA-Z0-9./_ -]+`' "$1" | tr -d '`' | tr ' ' '\n' |
		grep -E '^(examples|front|patches|tests|tools|scripts|bench|configs|Documentation)/'
	sed -n 's/.*](\([^)]*\)).*/\1/p' "$1"
}
for doc in README.md CONTRIBUTING.md; do
	paths "$doc" | sed 's,/NN-name.t$,/10-docs.t,;s,NAME.c$,names.c,;s,/VERSION$,/5.10,' |
		sort -u > "$work/paths"
	ok "$doc names files" test -s "$work/paths"
	missing=
	while read -r path; do
		compgen -G "$path" > /dev/null || missing="$missing $path"
	done < "$work/paths"
	is "$doc: all of them are there" "$missing" ""
done
for target in $(grep -ohP '(^|`|&& )make \K[a-z][a-z-]*' README.md CONTRIBUTING.md | sort -u); do
	ok "make $target" grep -q "^$target:" Makefile
done
is "the pinned release" "$(tr '\n' ' ' < README.md | grep -o '`make kernel` takes 5[0-9.]*[0-9]')" \
	"\`make kernel\` takes $BASE_VERSION"

# --- examples/ci: the commands are stand-ins, which say how they were called ----------------------

mkdir "$work/bin"
for command in apt-get git make; do
	printf '#!/bin/sh\necho "%s $*"\n' "$command" > "$work/bin/$command"
	chmod +x "$work/bin/$command"
done
settings=$(make -s --eval='settings: ; @echo $(settings)' settings)
goals=$(sed -n 's/^\([a-z-]*\):.*/\1/p' Makefile | tr '\n' ' ')
# unknown EXAMPLE: run its script lines; print the goals and variables of make that there are not
unknown()
{
	local word
	tests/lib/ci-script "$1" > "$work/script" &&
		PATH=$work/bin:$PATH sh "$work/script" > "$work/calls" || echo "status $?"
	for word in $(sed -n 's/^make //p' "$work/calls"); do
		case $word in
		*=*)	[[ " $settings " = *" ${word%%=*} "* ]] ;;
		*)	[[ " $goals " = *" $word "* ]] ;;
		esac || echo "$word"
	done
}
for example in examples/ci/*.yml; do
	is "$example: goals and variables" "$(unknown "$example")" ""
	ok "$example: builds, checks and boots a kernel" grep -q '^make kernel ' "$work/calls"
	sed 's/make kernel LTO=/make kernels LTE=/' "$example" > "$work/edited.yml"
	is "$example: unknown ones are seen" "$(unknown "$work/edited.yml" | tr '\n' ' ')" \
		"kernels LTE=thin-dist "
done

# --- clang-lto.rst ------------------------------------------------------------------------------

rst=Documentation/kbuild/clang-lto.rst
is "$rst has at most 80 columns" "$(expand $rst | awk 'length > 80 { print NR }')" ""

# documented RST: the messages, a line each
documented()
{
	sed -n '/^Messages and remedies$/,/^Messages of other programs$/p' "$1" |
		grep -E '^(- )?``' | grep -oP '``.+?``' | sed 's/^``//;s/``$//'
}
# differ RST: messages that are only here or only there.  One in the document may leave out what is
# before it, behind it, or at each "...".
differ()
{
	documented "$1" > "$work/documented"
	perl - "$work/documented" "$work/messages" <<-'EOP'
	sub lines { open(my $f, "<", shift) or die; chomp(my @l = <$f>); @l }
	my @documented = lines($ARGV[0]);
	my @messages = lines($ARGV[1]);
	my (%found, %explained);
	foreach my $d (@documented) {
		my $pattern = join(".*", map { quotemeta } split(/\s*\.\.\.\s*/, $d, -1));
		foreach my $m (@messages) {
			next if $m !~ /$pattern/ || ($d =~ /^\.\.\. / && $m !~ /^\.\.\. /);
			$found{$d} = $explained{$m} = 1;
		}
	}
	print "no such message: $_\n" foreach grep { !$found{$_} } @documented;
	print "not documented: $_\n" foreach grep { !$explained{$_} } @messages;
	EOP
}
tests/lib/messages scripts/lto/*.{sh,c,pl} scripts/lto/Makefile* scripts/lto/Kconfig scripts/Makefile.lto \
	scripts/kconfig/lto.c tools/objtool/*.c arch/*/include/asm/*.h patches/5.10/*.patch > "$work/messages"
is "$rst: messages" "$(differ $rst)" ""
ok "they are many" test "$(wc -l < "$work/messages")" -gt 80
ok "one of each kind is seen" test "$(grep -cxf - "$work/messages" <<-'EOM'
	the LTO link failed, see above
	a function gets the address of another's label, which LLVM before .*
	\.\.\. is \.\.\., and \.\.\. is the oldest that will do
	the linker has written no index for it
	not a relocatable 64-bit object
	STACK_VALIDATION is off
	CONFIG_\.\.\. cannot be had: .*
	lto-manifest is of the kernel .*
	\.\.\. is without effect.*
	conditional tail call of .*
	file already has a \.\.\. section
EOM
)" = 11
sed 's/^``a back end failed/``a back end fails/' $rst > "$work/edited.rst"
is "one that has changed is seen" "$(differ "$work/edited.rst")" \
	"no such message: a back end fails, see above
not documented: a back end failed, see above"

done_testing

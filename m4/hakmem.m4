dnl SPDX-License-Identifier: MIT
dnl Macros of configure.ac: switches that refuse bad values, and checks whose
dnl failure is a sentence.  Each HAK_ARG_* sets the shell variable hak_NAME.

dnl The shell variable of a switch: HAK_VAR([c0-8b]) is hak_c0_8b.
m4_define([HAK_VAR], [hak_[]m4_translit([$1], [-], [_])])

dnl HAK_ARG_SWITCH(NAME, yes|no, HELP)
dnl HELP says what the switch does when it is turned away from its default.
AC_DEFUN([HAK_ARG_SWITCH],
[HAK_VAR([$1])=$2
AC_ARG_ENABLE([$1],
  [AS_HELP_STRING([m4_if([$2], [yes], [--disable-$1], [--enable-$1])], [$3])],
  [HAK_VAR([$1])=$enableval])
AS_CASE([$HAK_VAR([$1])], [yes|no], [],
  [AC_MSG_ERROR([--enable-$1=$HAK_VAR([$1]) is neither yes nor no; write --enable-$1 or --disable-$1])])])

dnl HAK_ARG_CHOICE(NAME, DEFAULT, WORDS, HELP)
AC_DEFUN([HAK_ARG_CHOICE],
[HAK_VAR([$1])=$2
AC_ARG_ENABLE([$1],
  [AS_HELP_STRING([--enable-$1=WORD], [$4 ($2)])],
  [HAK_VAR([$1])=$enableval])
AS_CASE([$HAK_VAR([$1])], [m4_translit([$3], [ ], [|])], [],
  [AC_MSG_ERROR([--enable-$1=$HAK_VAR([$1]) is unknown; choose one of: $3])])])

dnl HAK_ARG_NUMBER(NAME, DEFAULT, MINIMUM, MAXIMUM, HELP)
dnl The length is looked at before the value, so that no shell has to compare
dnl numbers that it cannot hold.
AC_DEFUN([HAK_ARG_NUMBER],
[HAK_VAR([$1])=$2
AC_ARG_WITH([$1],
  [AS_HELP_STRING([--with-$1=N], [$5 ($2)])],
  [HAK_VAR([$1])=$withval])
AS_CASE([$HAK_VAR([$1])], [''|*[[!0-9]]*|0?*|?????*], [hak_bad=yes],
  [AS_IF([test "$HAK_VAR([$1])" -lt $3 || test "$HAK_VAR([$1])" -gt $4],
    [hak_bad=yes], [hak_bad=no])])
AS_IF([test "$hak_bad" = yes],
  [AC_MSG_ERROR([--with-$1=$HAK_VAR([$1]) is not a whole number from $3 to $4])])])

dnl HAK_ARG_FILE(NAME, DEFAULT, HELP)
AC_DEFUN([HAK_ARG_FILE],
[HAK_VAR([$1])=$2
AC_ARG_WITH([$1],
  [AS_HELP_STRING([--with-$1=FILE], [$3 ($2)])],
  [HAK_VAR([$1])=$withval])
AS_CASE([$HAK_VAR([$1])], [[*[\"\\]*]], [hak_bad=yes], [/?*], [hak_bad=no], [hak_bad=yes])
AS_IF([test "$hak_bad" = yes],
  [AC_MSG_ERROR([--with-$1=$HAK_VAR([$1]) is not an absolute path without quotes and backslashes])])])

dnl HAK_EXPAND(VARIABLE, FOLDER)
dnl Sets VARIABLE to the folder without references to other folders.
AC_DEFUN([HAK_EXPAND],
[$1=`test "$prefix" != NONE || prefix=$ac_default_prefix
  test "$exec_prefix" != NONE || exec_prefix=$prefix
  eval "hak_folder=$2"; eval "echo $hak_folder"`])

dnl HAK_ARG_SANITIZER
dnl The two that work in one program may be given together.
AC_DEFUN([HAK_ARG_SANITIZER],
[hak_sanitizer=no
AC_ARG_WITH([sanitizer],
  [AS_HELP_STRING([--with-sanitizer=NAME],
    [unit tests on the hak_* core alone under address, undefined, thread or address,undefined (no)])],
  [hak_sanitizer=$withval])
AS_CASE([$hak_sanitizer], [[no|address|undefined|thread|address,undefined]], [],
  [AC_MSG_ERROR([--with-sanitizer=$hak_sanitizer is unknown; choose one of: address undefined thread address,undefined])])
AS_IF([test "$hak_sanitizer" != no && test "${enable_interposition-no}" != no],
  [AC_MSG_ERROR([--enable-interposition cannot go with --with-sanitizer=$hak_sanitizer, which owns malloc; drop one])])])

dnl HAK_CHECK_CFLAGS(VARIABLE, FLAGS)
dnl Gathers in VARIABLE those of FLAGS that the compiler takes silently: other
dnl compilers than ours have fewer warnings.
AC_DEFUN([HAK_CHECK_CFLAGS],
[$1=
hak_saved_CFLAGS=$CFLAGS
for hak_flag in m4_normalize([$2]); do
  AC_MSG_CHECKING([whether $CC knows $hak_flag])
  CFLAGS="$hak_saved_CFLAGS -Werror $hak_flag"
  AC_COMPILE_IFELSE([AC_LANG_PROGRAM([], [])],
    [AS_VAR_APPEND([$1], [" $hak_flag"]); AC_MSG_RESULT([yes])],
    [AC_MSG_RESULT([no])])
done
CFLAGS=$hak_saved_CFLAGS
AC_SUBST([$1])])

dnl HAK_CHECK_LINK(FLAGS, SENTENCE)
dnl Stops with SENTENCE unless a program links with FLAGS.
AC_DEFUN([HAK_CHECK_LINK],
[AC_MSG_CHECKING([whether $CC links with $1])
hak_saved_LDFLAGS=$LDFLAGS
LDFLAGS="$LDFLAGS $1"
AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [AC_MSG_RESULT([yes])],
  [AC_MSG_RESULT([no]); AC_MSG_ERROR([$2])])
LDFLAGS=$hak_saved_LDFLAGS])

dnl HAK_CHECK_MODULE(PREFIX, MODULE, VARIABLE, SENTENCE)
dnl PKG_CHECK_MODULES, and a program links with it: for another machine,
dnl pkg-config may have found the library of this one.  VARIABLE is "yes", or "no"
dnl and the SENTENCE.
AC_DEFUN([HAK_CHECK_MODULE],
[PKG_CHECK_MODULES([$1], [$2], [
  AC_MSG_CHECKING([whether $CC links with $[]$1_LIBS])
  hak_saved_LIBS=$LIBS
  LIBS="$[]$1_LIBS $LIBS"
  AC_LINK_IFELSE([AC_LANG_PROGRAM([], [])], [$3=yes], [$3="no ($4)"])
  LIBS=$hak_saved_LIBS
  AC_MSG_RESULT([$[]$3])], [$3="no ($4)"])])

dnl HAK_DEFINE_IF(MACRO, yes|no, COMMENT)
AC_DEFUN([HAK_DEFINE_IF],
[AS_IF([test "$2" = yes], [AC_DEFINE([$1], [1], [$3])])])

#!/usr/bin/env bash
# Tests ./kvsweep with a fake java and a fake mvn in a temporary folder: seconds, no network, no real build.
set -euo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd -P)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
project="$tmp/a project" # the blank is part of the test
tools=$tmp/tools         # all that the launcher may use, but no java and no mvn
jdk=$tmp/jdk
maven=$tmp/maven
passed=0

mkdir -p "$project/.mvn" "$project/jobs/src/main/java" "$tools" "$jdk/bin" "$maven" "$tmp/here"
cp "$here/../kvsweep" "$project/kvsweep"
touch "$project/pom.xml" "$project/jobs/pom.xml" "$project/jobs/src/main/java/A.java"
for tool in bash env find dirname readlink cat sed grep tail touch mkdir rm sleep flock; do
  path=$(type -P "$tool" || true)
  [[ -z $path ]] || ln -s "$path" "$tools/$tool"
done

cat >"$jdk/bin/java" <<'FAKE'
#!/usr/bin/env bash
if [[ $1 == -XshowSettings:properties ]]; then
  echo "Picked up JAVA_TOOL_OPTIONS: -Dnoise" >&2
  printf '    java.home = %s\n    java.specification.version = %s\n' "$FAKE_JDK" "${FAKE_JAVA:-17}" >&2
  exit 0
fi
echo "dir=$PWD"
echo "spark_ip=${SPARK_LOCAL_IP-unset}."
printf 'arg=%s\n' "$@"
exit "${FAKE_EXIT:-0}"
FAKE
cat >"$maven/mvn" <<'FAKE'
#!/usr/bin/env bash
if [[ $1 == --version ]]; then
  echo "Apache Maven ${FAKE_MAVEN:-3.8.7}"
  exit 0
fi
echo "[INFO] --- shade:3.6.0:shade (default) @ kvsweep-jobs ---"
echo "Downloaded from somewhere: a.jar"
sleep "${FAKE_BUILD_SECONDS:-0}"
[[ -z ${FAKE_BUILD_FAILS:-} ]] || { echo "[ERROR] it does not compile"; exit 1; }
mkdir -p jobs/target
echo jar >jobs/target/kvsweep.jar
touch "$FAKE_JDK/dependency.jar"
echo "$FAKE_JDK/dependency.jar" >jobs/target/classpath.txt
echo --add-opens >jobs/target/jvm.options
echo "JAVA_HOME=$JAVA_HOME $*" >>"$FAKE_JDK/builds"
FAKE
cp "$jdk/bin/java" "$jdk/bin/javac"
chmod +x "$jdk/bin/java" "$jdk/bin/javac" "$maven/mvn"

# run NAME=VALUE... -- ARGUMENT...: the launcher in a bare environment; sets code, out, err.
run() {
  local settings=()
  while [[ $1 != -- ]]; do
    settings+=("$1")
    shift
  done
  shift
  code=0
  (cd "$tmp/here" && env -i PATH="$jdk/bin:$maven:$tools" FAKE_JDK="$jdk" ${settings[@]+"${settings[@]}"} \
    "${launcher:-$project/kvsweep}" "$@") >"$tmp/out" 2>"$tmp/err" </dev/null || code=$?
  out=$(<"$tmp/out")
  err=$(<"$tmp/err")
}
fail() {
  printf 'launcher-test: FAILED: %s\nexit code %s\nstdout: %s\nstderr: %s\n' "$1" "$code" "$out" "$err" >&2
  exit 1
}
exits() { [[ $code == "$1" ]] || fail "$test: expected exit code $1"; }
shows() { [[ $err == *"$1"* ]] || fail "$test: stderr lacks '$1'"; }
prints() { [[ $out == *"$1"* ]] || fail "$test: stdout lacks '$1'"; }
builds() {
  local n=0
  [[ ! -e $jdk/builds ]] || n=$(grep -c . "$jdk/builds")
  [[ $n == "$1" ]] || fail "$test: expected $1 builds so far, got $n"
  passed=$((passed + 1))
}
later() { # everything built so far is now older than a source touched next
  touch -t 202001010000 "$project/jobs/target/"* "$project/pom.xml" "$project/jobs/pom.xml"
  find "$project/jobs/src" "$project/.mvn" -exec touch -t 201901010000 {} +
}

test="no java"
run PATH="$maven:$tools" -- methods
exits 2 && shows "no java found on the PATH and JAVA_HOME is not set; install a JDK 17 or 21" && builds 0

test="JAVA_HOME without java"
run JAVA_HOME="$tmp/nowhere" -- methods
exits 2 && shows "JAVA_HOME is '$tmp/nowhere', but there is no bin/java in it" && builds 0

test="a heap that Java would not take"
for heap in 8gb 8 1.5g -1g 0g "2 g"; do
  run KVSWEEP_HEAP="$heap" -- methods
  exits 2 && shows "KVSWEEP_HEAP is '$heap'; expected a whole number and m or g, such as 8g" && builds 0
done

test="java too old"
run FAKE_JAVA=1.8 -- methods
exits 2 && shows "Java 8 ('$jdk/bin/java') is too old, kvsweep needs 17 to 21" && builds 0

test="java too new"
run FAKE_JAVA=25 -- methods
exits 2 && shows "Java 25 ('$jdk/bin/java') is too new, kvsweep needs 17 to 21" && builds 0

test="no maven"
run PATH="$jdk/bin:$tools" -- methods
exits 2 && shows "there is no mvn on the PATH; install Maven 3.8 or newer" && builds 0

test="maven too old"
run FAKE_MAVEN=3.6.3 -- methods
exits 2 && shows "Apache Maven 3.6.3 is too old, kvsweep needs 3.8 or newer" && builds 0

test="a java without compiler"
run FAKE_JDK="$tmp" -- methods
exits 2 && shows "'$tmp' is a Java without a compiler (javac)" && builds 0

test="failing build"
run FAKE_BUILD_FAILS=1 -- methods
exits 2 && shows "[ERROR] it does not compile" && shows "the build failed after" && builds 0

test="first build, with progress"
run FAKE_BUILD_SECONDS=5 KVSWEEP_JAVA_OPTS="-Da=b  -Dc=d" -- query out "SELECT a b"
exits 0 && shows "s: kvsweep-jobs, shade:3.6.0:shade (default); 1 files downloaded" && shows "built in" && builds 1
prints "dir=$tmp/here" && prints "spark_ip=127.0.0.1." && prints "arg=-Xmx2g"
prints $'arg=-Da=b\narg=-Dc=d\narg=-cp\narg='"$project/jobs/target/kvsweep.jar:$jdk/dependency.jar"
prints $'arg=io.kvsweep.jobs.Main\narg=query\narg=out\narg=SELECT a b'
prints "arg=@$project/jobs/target/jvm.options" && prints "arg=-XX:TieredStopAtLevel=1"

test="nothing to do, no maven, exit code of java, own settings"
run PATH="$jdk/bin:$tools" FAKE_EXIT=3 KVSWEEP_HEAP=5g SPARK_LOCAL_IP=10.0.0.1 -- sweep
exits 3 && prints "arg=-Xmx5g" && prints "spark_ip=10.0.0.1." && builds 1
[[ $out != *TieredStopAtLevel* ]] || fail "$test: a sweep needs both compilers"
[[ -z $err ]] || fail "$test: expected a silent start"

test="loopback for local masters only"
for master in "--master local[2]" "--master=local-cluster[2,1,1024]"; do
  # shellcheck disable=SC2086 # two words
  run -- sweep x.yaml $master
  exits 0 && prints "spark_ip=127.0.0.1." && builds 1
done
for master in "--master spark://other:7077" --master=yarn; do
  # shellcheck disable=SC2086
  run -- sweep x.yaml $master --spark-ui
  exits 0 && prints "spark_ip=unset." && builds 1
done
run KVSWEEP_JAVA_OPTS=-Dspark.master=yarn -- sweep
exits 0 && prints "spark_ip=unset." && builds 1
run SPARK_LOCAL_IP=10.0.0.1 -- sweep --master yarn
exits 0 && prints "spark_ip=10.0.0.1." && builds 1

test="through a symbolic link"
ln -s "$project/kvsweep" "$tmp/link"
(cd "$tmp/here" && ln -s ../link relative)
launcher=$tmp/here/relative run -- methods
exits 0 && prints "arg=@$project/jobs/target/jvm.options" && builds 1

if dash=$(type -P dash); then
  test="started by a shell other than bash"
  printf '#!%s\nexec %s "%s" "$@"\n' "$dash" "$dash" "$project/kvsweep" >"$tmp/by-sh" && chmod +x "$tmp/by-sh"
  launcher=$tmp/by-sh run -- methods
  exits 0 && prints "arg=methods" && builds 1
fi

test="touched source"
later && touch "$project/jobs/src/main/java/A.java"
run -- methods
exits 0 && builds 2

test="deleted source"
touch "$project/jobs/src/main/java/B.java" && later && rm "$project/jobs/src/main/java/B.java"
run -- methods
exits 0 && builds 3

test="touched pom.xml"
later && touch "$project/jobs/pom.xml"
run -- methods
exits 0 && builds 4

test="a jar of the class path is gone"
rm "$jdk/dependency.jar"
run -- methods
exits 0 && builds 5

if [[ -e $tools/flock ]]; then
  test="two at once"
  later && touch "$project/pom.xml"
  (launcher=$project/kvsweep && cd "$tmp/here" &&
    env -i PATH="$jdk/bin:$maven:$tools" FAKE_JDK="$jdk" FAKE_BUILD_SECONDS=2 "$launcher" a >/dev/null 2>&1) &
  run FAKE_BUILD_SECONDS=2 -- b
  wait $!
  exits 0 && builds 6
fi

echo "launcher-test: $passed checks passed"

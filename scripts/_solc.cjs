// The pinned Solidity compiler as one executable, for Ape, py-solc-x and forge alike.
// Uses a native binary beside the wrapper when `make setup` could fetch one, else the npm package;
// both give the same bytecode. Strips the metadata hash, so a comment edit changes no bytecode.
const fs = require("fs");
const path = require("path");
const { spawnSync } = require("child_process");

const args = process.argv.slice(2);
const root = path.join(__dirname, "..");
const native = process.env.TAILSPIN_NATIVE_SOLC;
const hasNative = Boolean(native) && fs.existsSync(native);

function npmCompiler() {
  return require(path.join(root, "node_modules", "solc"));
}

function printVersion() {
  if (hasNative) {
    process.stdout.write(spawnSync(native, ["--version"]).stdout);
    return;
  }
  const version = npmCompiler().version().replace(".Emscripten.clang", ".Linux.g++");
  process.stdout.write(`solc, the solidity compiler commandline interface\nVersion: ${version}\n`);
}

// Ape compiles a copy of contracts/ in a temporary folder; libraries stay in the project.
function readImport(name) {
  const at = args.indexOf("--base-path");
  const bases = at >= 0 ? [args[at + 1], root] : [process.cwd(), root];
  const found = bases.map((base) => path.resolve(base, name)).find((file) => fs.existsSync(file));
  return found ? { contents: fs.readFileSync(found, "utf8") } : { error: `${name} is in none of ${bases}` };
}

function compile() {
  const input = JSON.parse(fs.readFileSync(0, "utf8"));
  input.settings = input.settings || {};
  input.settings.metadata = { ...input.settings.metadata, bytecodeHash: "none", appendCBOR: false };
  const text = JSON.stringify(input);
  if (hasNative) {
    const done = spawnSync(native, [...args, "--include-path", root, "--allow-paths", root], {
      input: text,
      maxBuffer: 1 << 30,
    });
    process.stderr.write(done.stderr);
    process.stdout.write(done.stdout);
    process.exitCode = done.status;
    return;
  }
  process.stdout.write(npmCompiler().compile(text, { import: readImport }));
}

if (args.includes("--version")) {
  printVersion();
} else if (args.includes("--standard-json")) {
  compile();
} else {
  process.stderr.write("this compiler answers --version and --standard-json only\n");
  process.exitCode = 1;
}

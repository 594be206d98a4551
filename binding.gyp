{
  "variables": { "cmake_js%": "<!(node -p \"require.resolve('cmake-js/bin/cmake-js')\")" },
  "targets": [{
    "target_name": "cot_prune_cmake",
    "type": "none",
    "actions": [{
      "action_name": "cmake_js_build",
      "message": "building the addon with cmake-js",
      "inputs": ["CMakeLists.txt"],
      "outputs": ["<(module_root_dir)/build/Release/cot_prune.node"],
      "action": ["node", "<(cmake_js)", "build", "--directory", "<(module_root_dir)", "--out", "<(module_root_dir)/build/cmake"]
    }]
  }]
}

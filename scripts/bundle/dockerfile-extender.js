import './restore-environment.js';
import '../../dist/cli/main.js';

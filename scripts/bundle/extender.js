import './restore-environment.js';
import '../../dist/cli/extender.js';

import { describeCases } from './describe-cases.js';

describeCases(1);

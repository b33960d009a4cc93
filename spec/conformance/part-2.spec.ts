import { describeCases } from './describe-cases.js';

describeCases(2);

import type { Request } from 'express';

/** Makes a controller for each request that the generated routes handle. */
export interface ControllerFactory {
  get<T>(controller: new (...args: never[]) => T): T;
}

/** tsoa's `iocModule`: the app carries its factory, so that this layer knows no container and two apps fit in one process. */
export function iocContainer(request: Request): ControllerFactory {
  return request.app.locals['controllers'] as ControllerFactory;
}

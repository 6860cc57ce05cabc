import { AuthFrame } from '@/features/auth/auth-frame';
import { LoginForm } from '@/features/auth/login-form';
import { useQueryClient } from '@tanstack/react-query';
import { getRouteApi, useRouter } from '@tanstack/react-router';

const route = getRouteApi('/login');

/** Only a path of this site may follow a log-in, never another site's address. */
export function safeNext(next: string): string {
  return next.startsWith('/') && !next.startsWith('//') && !next.startsWith('/\\') ? next : '/';
}

export default function LoginPage() {
  const { next } = route.useSearch();
  const router = useRouter();
  const client = useQueryClient();
  const done = () => {
    client.clear();
    router.history.push(safeNext(next));
  };
  return (
    <AuthFrame title="Log in" intro="Enter the address and password of your account.">
      <LoginForm onDone={done} />
    </AuthFrame>
  );
}

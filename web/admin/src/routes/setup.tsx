import { Banner } from '@/components/ui/banner';
import { AuthFrame } from '@/features/auth/auth-frame';
import { SetupForm } from '@/features/auth/setup-form';
import { getRouteApi, useRouter } from '@tanstack/react-router';

const route = getRouteApi('/setup');

export default function SetupPage() {
  const { token } = route.useSearch();
  const router = useRouter();
  return (
    <AuthFrame
      title="Welcome to Signalbox"
      intro="Create the first user and the first workspace. This page works once."
    >
      {!token && (
        <Banner tone="info" className="mb-4">
          Open the link that Signalbox printed when it started. It carries the one-time token.
        </Banner>
      )}
      <SetupForm token={token} onDone={() => void router.navigate({ to: '/' })} />
    </AuthFrame>
  );
}

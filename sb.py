import re
src=open('tr.py').read().split("KIND='zuko'\nz(")[0]; exec(src)
from sbi.inference import NPE
prior=torch.distributions.MultivariateNormal(torch.zeros(2),torch.eye(2))
th=prior.sample((800,)); xx=torch.cat([th+.1*torch.randn_like(th),(th**2).sum(1,keepdim=True)],1)*torch.tensor([10.,1.,.1])
for m,k in (('maf','sbimaf'),('nsf','nflows3'),('zuko_nsf','zuko')):
    torch.manual_seed(1)
    inf=NPE(prior,density_estimator=m); inf.append_simulations(th,xx); est=inf.train(max_num_epochs=4,training_batch_size=100)
    post=inf.build_posterior()
    def lp(f,x,c):
        return f.log_prob(x[None],c)[0]
    emit('sbi_'+m,est,lp,2,3,k)
    try: export(post,'post_'+m+'.safetensors')
    except Exception as e: print('post export',type(e),e)
    ok=open(f'post_{m}.safetensors','rb').read()==open(f'sbi_{m}.bijou.safetensors','rb').read(); print('posterior export same bytes',ok)
open('man2.txt','w').write('\n'.join(man)+'\n')
